"""Batches: the file in parts, its chunks, their payloads and results."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("batch_result", "batch_payload", "batch_chunk", "batch_part", "batch")  # those that refer to others first
WITH_DATA = ("batch_part", "batch_payload", "batch_result")


def upgrade() -> None:
    """Create the batch table first, then the tables that refer to it."""
    _batch()
    _chunk()
    for table in WITH_DATA:
        _blobs(table)
        if op.get_bind().dialect.name == "postgresql":
            # Compressed already: trying again costs more than the write.
            op.execute(f"ALTER TABLE {table} ALTER COLUMN data SET STORAGE EXTERNAL")


def downgrade() -> None:
    """Drop all tables."""
    for table in TABLES:
        op.drop_table(table)


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column(name, kind(), nullable=False)


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("site_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        _number("size", sa.BigInteger),
        sa.Column("rounds", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(100)),
        _number("attempts"),
        _moment("claimed_until"),
        _moment("touched_at", nullable=False),
        sa.Column("key_hash", sa.String(64)),
        sa.Column("request_hash", sa.String(64)),
        _moment("submitted_at", nullable=False),
        _moment("finished_at"),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("site_id", "key_hash", name="uq_batch_site_id_key_hash"),
        sa.CheckConstraint(
            "state IN ('receiving', 'splitting', 'screening', 'done', 'failed', 'cancelled')",
            name=op.f("ck_batch_state"),
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_batch_site_id", ondelete="CASCADE"),
    )
    op.create_index("ix_batch_site_id_submitted_at", "batch", ["site_id", "submitted_at"])


def _chunk() -> None:
    op.create_table(
        "batch_chunk",
        sa.Column("batch_id", sa.String(32), nullable=False),
        _number("number"),
        _number("round"),
        sa.Column("state", sa.String(10), nullable=False),
        *(_number(name) for name in ("rows", "matched", "bad", "attempts")),
        sa.Column("error", sa.String(100)),
        *(_moment(name) for name in ("sent_at", "claimed_until", "finished_at")),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_chunk"),
        sa.CheckConstraint("state IN ('waiting', 'done', 'parked')", name=op.f("ck_batch_chunk_state")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_chunk_batch_id", ondelete="CASCADE"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_batch_chunk_waiting", "batch_chunk", ["batch_id", "number"], sqlite_where=waiting, postgresql_where=waiting
    )


def _blobs(table: str) -> None:
    chunk = ["batch_chunk.batch_id", "batch_chunk.number"]
    refers = sa.ForeignKeyConstraint(["batch_id", "number"], chunk, name=f"fk_{table}_chunk", ondelete="CASCADE")
    if table == "batch_part":
        refers = sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_batch_part_batch_id", ondelete="CASCADE")
    op.create_table(
        table,
        sa.Column("batch_id", sa.String(32), nullable=False),
        _number("number"),
        *([_number("round")] if table == "batch_result" else []),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "number", name=f"pk_{table}"),
        refers,
    )
