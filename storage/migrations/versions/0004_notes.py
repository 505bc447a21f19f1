"""What a note was read as, and whether a site keeps its notes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No site keeps notes until it says so."""
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
    """Kept notes are gone with the table."""
    op.drop_table("note_reading")
    with op.batch_alter_table("site") as site:
        site.drop_column("keep_notes")
