"""Re-screens: a site's patients against one new version of a trial."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATES = "state IN ('running', 'done', 'overtaken', 'parked')"
RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    """Create the table: one row per version of a trial."""
    op.create_table(
        "rescreen",
        _text("trial_version_id", 32),
        _text("site_id", 32),
        _text("state", 10),
        _text("cursor", 32),
        sa.Column("patients", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("moves", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(100), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("trial_version_id", name="pk_rescreen"),
        _refers("trial_version_id", "trial_version.id"),
        _refers("site_id", "site.id"),
        sa.CheckConstraint(STATES, name=op.f("ck_rescreen_state")),
    )
    op.create_index("ix_rescreen_site_id", "rescreen", ["site_id"])
    op.create_index("ix_rescreen_running", "rescreen", ["sent_at"], sqlite_where=RUNNING, postgresql_where=RUNNING)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("rescreen")


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_rescreen_{column}", ondelete="CASCADE")
