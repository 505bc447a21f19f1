"""The tables of batches: a file in parts, its chunks and their results. Deleting a batch deletes all of them."""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models import Base, Id, Json, Moment, SiteId, one_of
from storage.states import BATCH_STATES, CHUNK_STATES

WAITING = text("state = 'waiting'")

BatchId = Annotated[str, mapped_column(String(32), ForeignKey("batch.id", ondelete="CASCADE"), primary_key=True)]
Number = Annotated[int, mapped_column(primary_key=True, autoincrement=False)]


class Batch(Base):
    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("site_id", "key_hash"),
        one_of("state", BATCH_STATES),
        Index("ix_batch_site_id_submitted_at", "site_id", "submitted_at"),
    )

    id: Mapped[Id]
    site_id: Mapped[SiteId]
    state: Mapped[str] = mapped_column(String(10), default="receiving")
    paused: Mapped[bool] = mapped_column(default=False)
    options: Mapped[Json]
    """How to read the file: `ReadOptions` as JSON, and the rows per chunk (registry/options.py)."""
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    rounds: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The trial version keys of each screening; the last entry is the current screening."""
    faults: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Faults of the file itself: path, message and hint, never a value."""
    error: Mapped[str | None] = mapped_column(String(100))
    """The class of the error for which splitting was given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Attempts at splitting since it last made progress."""
    claimed_until: Mapped[datetime | None]
    """The lease of the worker that splits the file expires then."""
    touched_at: Mapped[Moment]
    """When a part last arrived, or when its id was last sent to the queue; the sweeper looks at nothing else."""
    key_hash: Mapped[str | None] = mapped_column(String(64))
    request_hash: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[Moment]
    finished_at: Mapped[datetime | None]


class BatchPart(Base):
    """A part of the file as received; deleted when the file is split."""

    __tablename__ = "batch_part"

    batch_id: Mapped[BatchId]
    number: Mapped[Number]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class BatchChunk(Base):
    """The state of a chunk. The row is small because it is updated often; payload and result are in other tables."""

    __tablename__ = "batch_chunk"
    __table_args__ = (
        one_of("state", CHUNK_STATES),
        Index("ix_batch_chunk_waiting", "batch_id", "number", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    batch_id: Mapped[BatchId]
    number: Mapped[Number]
    round: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    rows: Mapped[int] = mapped_column(default=0)
    matched: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(100))
    sent_at: Mapped[datetime | None]
    """When its id was sent to the queue; None: not yet, because only a window of chunks is in the queue at a time."""
    claimed_until: Mapped[datetime | None]
    """The lease of the worker that screens it expires then."""
    finished_at: Mapped[datetime | None]


def _of_chunk(table: str) -> ForeignKeyConstraint:
    columns, targets = ["batch_id", "number"], ["batch_chunk.batch_id", "batch_chunk.number"]
    return ForeignKeyConstraint(columns, targets, name=f"fk_{table}_chunk", ondelete="CASCADE")


class BatchPayload(Base):
    """The rows of a chunk, compressed; written once."""

    __tablename__ = "batch_payload"
    __table_args__ = (_of_chunk("batch_payload"),)

    batch_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[Number]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class BatchResult(Base):
    """The result of a chunk in a round, compressed; written once per round."""

    __tablename__ = "batch_result"
    __table_args__ = (_of_chunk("batch_result"),)

    batch_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[Number]
    round: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary)
