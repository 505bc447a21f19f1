"""The facts read from a note, and whether a site keeps the text of its notes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table; by default a site does not keep notes."""
    op.add_column("site", sa.Column("keep_notes", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "note_reading",
        sa.Column("patient_version_id", sa.String(32), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.PrimaryKeyConstraint("patient_version_id", name="pk_note_reading"),
        sa.ForeignKeyConstraint(
            ["patient_version_id"],
            ["patient_version.id"],
            name="fk_note_reading_patient_version_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Drop the column and the table, and with it all kept notes."""
    op.drop_table("note_reading")
    with op.batch_alter_table("site") as site:
        site.drop_column("keep_notes")
