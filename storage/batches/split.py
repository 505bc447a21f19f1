"""A file being split into chunks: who is at it, what is written, when it is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage.batches.tables import Batch, BatchChunk, BatchPart, BatchPayload
from storage.column_types import Json, now
from storage.match_queue import LOST
from storage.upsert import insert_into

DROPPED_AT_ONCE = 8
"""Parts, of a megabyte each."""


@dataclass(frozen=True)
class SplitWork:
    """A file to be split, and how many of its chunks are written already."""

    batch_id: str
    options: Json = field(repr=False)
    chunks: int


def claim_split(session: Session, batch_id: str, seconds: float, max_attempts: int) -> SplitWork | None:
    """Take the splitting of a batch for so many seconds, unless somebody has it for longer.

    None if there is nothing to do: somebody is at it, it is done, paused, gone, or was tried too often.
    """
    too_many = Batch.attempts >= max_attempts
    taken = {
        "attempts": Batch.attempts + 1,
        "claimed_until": now() + timedelta(seconds=seconds),
        "state": case((too_many, "failed"), else_="splitting"),
        "error": case((too_many, func.coalesce(Batch.error, LOST)), else_=Batch.error),
        "finished_at": case((too_many, now()), else_=None),
    }
    free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now())
    mine = (Batch.id == batch_id, Batch.state == "splitting", Batch.paused.is_(False), free)
    claimed = update(Batch).where(*mine).values(taken).returning(Batch.state, Batch.options)
    row = session.execute(claimed).one_or_none()
    if row is None or row.state == "failed":
        return None
    written = select(func.count()).select_from(BatchChunk).where(BatchChunk.batch_id == batch_id)
    return SplitWork(batch_id, row.options, session.scalar(written) or 0)


def read_part(session: Session, batch_id: str, number: int) -> bytes:
    """A part of the file; empty behind the last one."""
    wanted = select(BatchPart.data).where(BatchPart.batch_id == batch_id, BatchPart.number == number)
    return session.scalar(wanted) or b""


def write_chunk(session: Session, batch_id: str, number: int, payload: bytes, seconds: float) -> bool:
    """Store a chunk, once, and keep the claim; False if the batch was paused, cancelled or deleted meanwhile."""
    mine = (Batch.id == batch_id, Batch.state == "splitting", Batch.paused.is_(False))
    kept = {"claimed_until": now() + timedelta(seconds=seconds), "attempts": 1}  # it gets on: count anew
    if session.scalar(update(Batch).where(*mine).values(kept).returning(Batch.id)) is None:
        return False
    key = {"batch_id": batch_id, "number": number}
    for row, table in ((key, BatchChunk), (key | {"data": payload}, BatchPayload)):
        session.execute(insert_into(session, table).values(row).on_conflict_do_nothing())
    return True


def keep_claim(session: Session, batch_id: str, seconds: float) -> bool:
    """Keep the claim while chunks are read that are written already; False as for `write_chunk`."""
    mine = (Batch.id == batch_id, Batch.state == "splitting", Batch.paused.is_(False))
    kept = {"claimed_until": now() + timedelta(seconds=seconds)}
    return session.scalar(update(Batch).where(*mine).values(kept).returning(Batch.id)) is not None


def end_split(session: Session, batch_id: str, faults: Sequence[Mapping[str, str]]) -> bool:
    """The whole file is in chunks, or as much of it as can be read; the file itself may be dropped.

    False if it was ended before.
    """
    over = {"state": "screening", "faults": [dict(fault) for fault in faults], "claimed_until": None, "error": None}
    mine = update(Batch).where(Batch.id == batch_id, Batch.state == "splitting").values(over)
    return session.scalar(mine.returning(Batch.id)) is not None


def drop_parts(session: Session, batch_id: str) -> bool:
    """Delete some parts of a file; whether there were any. Not all at once: others wait for SQLite's one writer."""
    some = select(BatchPart.number).where(BatchPart.batch_id == batch_id).limit(DROPPED_AT_ONCE).scalar_subquery()
    dropped = delete(BatchPart).where(BatchPart.batch_id == batch_id, BatchPart.number.in_(some))
    return bool(session.scalars(dropped.returning(BatchPart.number)).all())


def files_to_drop(session: Session) -> list[str]:
    """Batches that need their file no more and still have parts of it."""
    over = Batch.state.not_in(("receiving", "splitting"))
    return list(session.scalars(select(BatchPart.batch_id).join(Batch).where(over).distinct()))


def fail_split(session: Session, batch_id: str, error_name: str, max_attempts: int) -> None:
    """Note an attempt's class of error; the last one fails the batch, else the sweeper sends it again."""
    last = Batch.attempts >= max_attempts
    failed = {
        "state": case((last, "failed"), else_="splitting"),
        "finished_at": case((last, now()), else_=None),
        "error": error_name,
        "claimed_until": None,
        "touched_at": now(),
    }
    session.execute(update(Batch).where(Batch.id == batch_id, Batch.state == "splitting").values(failed))


def release_split(session: Session, batch_id: str) -> None:
    """Give the claim back and do not count the attempt: what failed was not the file."""
    given_back = {"claimed_until": None, "attempts": case((Batch.attempts > 0, Batch.attempts - 1), else_=0)}
    session.execute(update(Batch).where(Batch.id == batch_id, Batch.state == "splitting").values(given_back))


def stale_splits(session: Session, older_than: float) -> list[str]:
    """Batches that wait to be split, sent more than so many seconds ago, and that nobody is at."""
    before = now() - timedelta(seconds=older_than)
    free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now())
    waiting = (Batch.state == "splitting", Batch.paused.is_(False), Batch.touched_at < before, free)
    return list(session.scalars(select(Batch.id).where(*waiting)))


def mark_split_sent(session: Session, batch_id: str) -> None:
    """Note that this id went to the queue now."""
    session.execute(update(Batch).where(Batch.id == batch_id).values(touched_at=now()))
