"""Splitting of a batch's file into chunks: the worker's lease, the written chunks, deletion of the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic, sleep

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage.attempts import begin_attempt, fail_attempt, release_attempt
from storage.batches.models import Batch, BatchChunk, BatchPart, BatchPayload
from storage.database import Database, insert_into
from storage.models import Json, now

PARTS_PER_DELETE = 8
"""Parts of a megabyte each that are deleted in one transaction."""


@dataclass(frozen=True)
class SplitWork:
    """A file to split, and the number of its chunks that are written already."""

    batch_id: str
    options: Json = field(repr=False)
    chunks: int


def lease_split(session: Session, batch_id: str, seconds: float, max_attempts: int) -> SplitWork | None:
    """Lease the splitting of a batch for `seconds`, unless another worker has an unexpired lease.

    None if there is nothing to do: it is leased, finished, paused, deleted, or had all its attempts.
    """
    leased = begin_attempt(Batch, max_attempts, "splitting", "failed")
    leased["claimed_until"] = now() + timedelta(seconds=seconds)
    leased["finished_at"] = case((Batch.attempts >= max_attempts, now()), else_=None)
    free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now())
    statement = update(Batch).where(*_is_splitting(batch_id), Batch.paused.is_(False), free).values(leased)
    row = session.execute(statement.returning(Batch.state, Batch.options)).one_or_none()
    if row is None or row.state == "failed":
        return None
    written = select(func.count()).select_from(BatchChunk).where(BatchChunk.batch_id == batch_id)
    return SplitWork(batch_id, row.options, session.scalar(written) or 0)


def renew_split_lease(session: Session, batch_id: str, seconds: float) -> bool:
    """Renew the lease while reading past chunks that are already written; False as for `write_chunk`."""
    renewed = {"claimed_until": now() + timedelta(seconds=seconds)}
    statement = update(Batch).where(*_is_splitting(batch_id), Batch.paused.is_(False)).values(renewed)
    return session.scalar(statement.returning(Batch.id)) is not None


def release_split_lease(session: Session, batch_id: str) -> None:
    """Give up the lease without counting the attempt: an outage is not a fault of the file."""
    released = release_attempt(Batch) | {"claimed_until": None}
    session.execute(update(Batch).where(*_is_splitting(batch_id)).values(released))


def read_part(session: Session, batch_id: str, number: int) -> bytes:
    """Return a part of the file; empty after the last part."""
    wanted = select(BatchPart.data).where(BatchPart.batch_id == batch_id, BatchPart.number == number)
    return session.scalar(wanted) or b""


def write_chunk(session: Session, batch_id: str, number: int, payload: bytes, seconds: float) -> bool:
    """Store a chunk once and renew the lease; False if the batch was paused, cancelled or deleted meanwhile."""
    # Progress resets the attempts: only a split that makes none is given up.
    renewed = {"claimed_until": now() + timedelta(seconds=seconds), "attempts": 1}
    statement = update(Batch).where(*_is_splitting(batch_id), Batch.paused.is_(False)).values(renewed)
    if session.scalar(statement.returning(Batch.id)) is None:
        return False
    key = {"batch_id": batch_id, "number": number}
    for row, table in ((key, BatchChunk), (key | {"data": payload}, BatchPayload)):
        session.execute(insert_into(session, table).values(row).on_conflict_do_nothing())
    return True


def finish_split(session: Session, batch_id: str, faults: Sequence[Mapping[str, str]]) -> bool:
    """End the split when the file, or its readable part, is in chunks; the file may then be deleted.

    False if it was ended before.
    """
    over = {"state": "screening", "faults": [dict(fault) for fault in faults], "claimed_until": None, "error": None}
    statement = update(Batch).where(*_is_splitting(batch_id)).values(over)
    return session.scalar(statement.returning(Batch.id)) is not None


def fail_split(session: Session, batch_id: str, error_name: str, max_attempts: int) -> None:
    """Note the class of an attempt's error; the last attempt fails the batch, else the sweeper re-queues it."""
    failed = fail_attempt(Batch, max_attempts, "splitting", "failed", error_name)
    failed["finished_at"] = case((Batch.attempts >= max_attempts, now()), else_=None)
    failed |= {"claimed_until": None, "touched_at": now()}
    session.execute(update(Batch).where(*_is_splitting(batch_id)).values(failed))


def delete_parts(session: Session, batch_id: str) -> bool:
    """Delete some parts of a file; return whether there were any. Not all at once: SQLite has only one writer."""
    some = select(BatchPart.number).where(BatchPart.batch_id == batch_id).limit(PARTS_PER_DELETE).scalar_subquery()
    deleted = delete(BatchPart).where(BatchPart.batch_id == batch_id, BatchPart.number.in_(some))
    return bool(session.scalars(deleted.returning(BatchPart.number)).all())


def delete_file(database: Database, batch_id: str) -> None:
    """Delete the file of a batch that is split or over, a few parts at a time.

    Raises: StorageUnavailable; the sweeper deletes the rest.
    """
    more = True
    while more:
        start = monotonic()
        with database.session() as session:
            more = delete_parts(session, batch_id)
        # SQLite's writers do not queue but retry: without a pause other writers would hardly ever succeed.
        sleep(monotonic() - start)


def files_to_delete(session: Session) -> list[str]:
    """Return batches that no longer need their file and still have parts of it."""
    over = Batch.state.not_in(("receiving", "splitting"))
    return list(session.scalars(select(BatchPart.batch_id).join(Batch).where(over).distinct()))


def stale_splits(session: Session, older_than: float) -> list[str]:
    """Return batches whose split was sent to the queue more than `older_than` seconds ago and is not leased."""
    before = now() - timedelta(seconds=older_than)
    free = or_(Batch.claimed_until.is_(None), Batch.claimed_until < now())
    waiting = (Batch.state == "splitting", Batch.paused.is_(False), Batch.touched_at < before, free)
    return list(session.scalars(select(Batch.id).where(*waiting)))


def mark_split_sent(session: Session, batch_id: str) -> None:
    """Note that the split of this batch was sent to the queue now."""
    session.execute(update(Batch).where(Batch.id == batch_id).values(touched_at=now()))


def _is_splitting(batch_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Batch.id == batch_id, Batch.state == "splitting"
