"""The first tables: sites, keys, trials, patients, matches, audit events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "idempotency_key", "audit_event", "match", "patient_version", "patient", "trial_version", "trial", "api_key",
    "site",
)  # fmt: skip  # those that refer to others first


def upgrade() -> None:
    """Create the tables in groups; a table that others refer to is created before them."""
    _sites()
    _trials()
    _patients()
    _matches()
    _records()


def downgrade() -> None:
    """Drop all tables."""
    for table in TABLES:
        op.drop_table(table)


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}", ondelete="CASCADE")


def _sites() -> None:
    op.create_table(
        "site",
        _id(),
        sa.Column("name", sa.String(200), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
        sa.UniqueConstraint("name", name="uq_site_name"),
    )
    op.create_table(
        "api_key",
        _id(),
        _id("site_id"),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.CheckConstraint("role IN ('coordinator', 'registrar', 'curator', 'admin')", name=op.f("ck_api_key_role")),
        _refers("api_key", "site_id", "site.id"),
    )
    op.create_index("ix_api_key_site_id", "api_key", ["site_id"])


def _trials() -> None:
    op.create_table(
        "trial",
        _id("site_id"),
        sa.Column("trial_id", sa.String(64), nullable=False),
        sa.Column("current_version", sa.String(64)),
        sa.PrimaryKeyConstraint("site_id", "trial_id", name="pk_trial"),
        _refers("trial", "site_id", "site.id"),
    )
    op.create_table(
        "trial_version",
        _id(),
        _id("site_id"),
        sa.Column("trial_id", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_trial_version"),
        sa.UniqueConstraint("site_id", "trial_id", "version", name="uq_trial_version_site_id_trial_id_version"),
        sa.CheckConstraint("origin IN ('library', 'site')", name=op.f("ck_trial_version_origin")),
        _refers("trial_version", "site_id", "site.id"),
    )


def _patients() -> None:
    op.create_table(
        "patient",
        _id(),
        _id("site_id"),
        sa.Column("patient_ref", sa.String(200), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patient"),
        sa.UniqueConstraint("site_id", "patient_ref", name="uq_patient_site_id_patient_ref"),
        _refers("patient", "site_id", "site.id"),
    )
    op.create_index("ix_patient_site_id_id", "patient", ["site_id", "id"])
    op.create_table(
        "patient_version",
        _id(),
        _id("patient_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        *_progress(),
        sa.PrimaryKeyConstraint("id", name="pk_patient_version"),
        sa.UniqueConstraint("patient_id", "number", name="uq_patient_version_patient_id_number"),
        sa.CheckConstraint("state IN ('queued', 'matched', 'parked')", name=op.f("ck_patient_version_state")),
        sa.CheckConstraint("queue IN ('interactive', 'batch')", name=op.f("ck_patient_version_queue")),
        _refers("patient_version", "patient_id", "patient.id"),
    )
    waiting = sa.text("state = 'queued'")
    op.create_index(
        "ix_patient_version_waiting", "patient_version", ["sent_at"], sqlite_where=waiting, postgresql_where=waiting
    )


def _progress() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("queue", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(100)),
        _moment("submitted_at"),
        _moment("sent_at"),
        _moment("matched_at", nullable=True),
        sa.Column("result", sa.JSON()),
    )


def _matches() -> None:
    op.create_table(
        "match",
        _id("patient_version_id"),
        _id("trial_version_id"),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("patient_version_id", "trial_version_id", name="pk_match"),
        sa.CheckConstraint("verdict IN ('eligible', 'possible', 'ineligible')", name=op.f("ck_match_verdict")),
        _refers("match", "patient_version_id", "patient_version.id"),
        _refers("match", "trial_version_id", "trial_version.id"),
    )
    op.create_index("ix_match_trial_version_id", "match", ["trial_version_id"])


def _records() -> None:
    op.create_table(
        "audit_event",
        _id(),
        _id("site_id"),
        _id("actor"),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("object_id", sa.String(64), nullable=False),
        _moment("at"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_site_id_at", "audit_event", ["site_id", "at"])
    version_id = sa.ForeignKeyConstraint(
        ["patient_version_id"], ["patient_version.id"], name="fk_idempotency_key_patient_version_id",
        ondelete="CASCADE", deferrable=True, initially="DEFERRED",
    )  # fmt: skip
    op.create_table(
        "idempotency_key",
        _id("site_id"),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("request_hash", sa.String(64), nullable=False),
        _id("patient_version_id"),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("site_id", "key_hash", name="pk_idempotency_key"),
        _refers("idempotency_key", "site_id", "site.id"),
        version_id,
    )
    op.create_index("ix_idempotency_key_patient_version_id", "idempotency_key", ["patient_version_id"])
