"""Accounts, their sign-ins and their drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = "role IN ('coordinator', 'registrar', 'curator', 'admin')"


def upgrade() -> None:
    """Create the tables; a table that others refer to is created before them."""
    op.create_table(
        "account",
        _id(),
        _id("site_id"),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        _moment("created_at"),
        _moment("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
        sa.CheckConstraint(ROLES, name=op.f("ck_account_role")),
        _refers("account", "site_id", "site.id"),
    )
    op.create_index("ix_account_site_id", "account", ["site_id"])
    _of_an_account(
        "sign_in",
        sa.Column("token_hash", sa.String(64), nullable=False),
        _moment("created_at"),
        _moment("seen_at"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_token_hash"),
    )
    _of_an_account(
        "draft",
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        _moment("changed_at"),
    )


def downgrade() -> None:
    """Drop the tables; a table that refers to others is dropped before them."""
    for table in ("draft", "sign_in", "account"):
        op.drop_table(table)


def _of_an_account(table: str, *parts: sa.Column[object] | sa.UniqueConstraint) -> None:
    op.create_table(
        table,
        _id(),
        _id("account_id"),
        *parts,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        _refers(table, "account_id", "account.id"),
    )
    op.create_index(f"ix_{table}_account_id", table, ["account_id"])


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}", ondelete="CASCADE")
