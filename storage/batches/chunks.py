"""The chunks of a batch: sent within a window, leased by a worker, stored once, parked after too many attempts.

The window limits how many chunks of a batch are in the queue, so that batches take turns.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from storage.attempts import begin_attempt, fail_attempt, release_attempt
from storage.batches.models import Batch, BatchChunk, BatchPayload, BatchResult
from storage.database import insert_into
from storage.models import Json, now
from storage.states import ACTIVE_BATCH_STATES


@dataclass(frozen=True)
class ChunkWork:
    """A chunk to screen. `old_result` and the trial versions behind it, if there was an earlier round."""

    batch_id: str
    number: int
    round: int
    site_id: str
    options: Json = field(repr=False)
    trial_version_pks: tuple[str, ...]
    payload: bytes = field(repr=False)
    old_result: bytes | None = field(default=None, repr=False)
    old_trial_version_pks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChunkCounts:
    """The rows of a chunk: all, matched, and unreadable."""

    rows: int
    matched: int
    bad: int


@dataclass(frozen=True)
class WaitingChunk:
    """A chunk that was sent and is not done. `lost`: the lease of the worker that began it has expired."""

    batch_id: str
    number: int
    lost: bool


def take_next_chunks(session: Session, batch_id: str, window: int) -> list[int]:
    """Mark the next chunks as sent, so that at most `window` of a batch are in the queue, and return their numbers."""
    waiting = and_(BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting")
    sent = select(func.count()).select_from(BatchChunk).where(waiting, BatchChunk.sent_at.is_not(None))
    free = window - (session.scalar(sent) or 0)
    if free <= 0:
        return []
    unsent = (waiting, BatchChunk.sent_at.is_(None))
    wanted = select(BatchChunk.number).where(*unsent, _is_active(batch_id)).order_by(BatchChunk.number).limit(free)
    # A CTE: PostgreSQL may evaluate a plain subquery again for each row, past the limit.
    chosen = wanted.with_for_update(skip_locked=True).cte("chosen")
    taken = update(BatchChunk).where(*unsent, BatchChunk.number.in_(select(chosen.c.number))).values(sent_at=now())
    return sorted(session.scalars(taken.returning(BatchChunk.number)))


def lease_chunk(
    session: Session, batch_id: str, number: int, seconds: float, max_attempts: int, redelivered: bool = False
) -> ChunkWork | None:  # fmt: skip
    """Lease a chunk for `seconds`; `redelivered` takes it over from a lost worker before its lease expires.

    None if there is nothing to do: it is leased, done, paused, deleted, or had all its attempts.
    """
    leased = begin_attempt(BatchChunk, max_attempts, "waiting", "parked")
    leased["claimed_until"] = now() + timedelta(seconds=seconds)
    leased["finished_at"] = case((BatchChunk.attempts >= max_attempts, now()), else_=None)
    wanted = [*_waiting(batch_id, number), _is_active(batch_id)]
    if not redelivered:
        wanted.append(or_(BatchChunk.claimed_until.is_(None), BatchChunk.claimed_until < now()))
    statement = update(BatchChunk).where(*wanted).values(leased).returning(BatchChunk.state, BatchChunk.round)
    row = session.execute(statement).one_or_none()
    return None if row is None or row.state == "parked" else _work(session, batch_id, number, row.round)


def _work(session: Session, batch_id: str, number: int, screening_round: int) -> ChunkWork:
    same = and_(BatchResult.batch_id == BatchPayload.batch_id, BatchResult.number == BatchPayload.number)
    columns = (Batch.site_id, Batch.options, Batch.rounds, BatchPayload.data, BatchResult.round, BatchResult.data)
    wanted = select(*columns).select_from(BatchPayload).join(Batch, Batch.id == BatchPayload.batch_id)
    wanted = wanted.outerjoin(BatchResult, same)
    of_chunk = (BatchPayload.batch_id == batch_id, BatchPayload.number == number)
    site_id, options, rounds, payload, old_round, old = session.execute(wanted.where(*of_chunk)).one()
    before = () if old_round is None else tuple(rounds[old_round])
    return ChunkWork(
        batch_id, number, screening_round, site_id, options, tuple(rounds[screening_round]), payload, old, before
    )


def renew_chunk_lease(session: Session, work: ChunkWork, seconds: float) -> None:
    """Renew the lease: it then expires in `seconds`."""
    renewed = {"claimed_until": now() + timedelta(seconds=seconds)}
    session.execute(update(BatchChunk).where(*_waiting_in_round(work)).values(renewed))


def release_chunk_lease(session: Session, work: ChunkWork) -> None:
    """Give up the lease without counting the attempt: an outage is not a fault of the chunk."""
    released = release_attempt(BatchChunk) | {"claimed_until": None}
    session.execute(update(BatchChunk).where(*_waiting(work.batch_id, work.number)).values(released))


def record_chunk_result(session: Session, work: ChunkWork, counts: ChunkCounts, result: bytes) -> bool:
    """Store the result of a chunk; False, and nothing is written, if it was stored before or the batch is over.

    A worker that was slow rather than lost may still store its result, even if the chunk was parked meanwhile.
    """
    done = {
        "state": "done", "rows": counts.rows, "matched": counts.matched, "bad": counts.bad, "error": None,
        "claimed_until": None, "finished_at": now(),
    }  # fmt: skip
    wanted = (
        BatchChunk.batch_id == work.batch_id, BatchChunk.number == work.number,
        BatchChunk.state.in_(("waiting", "parked")), BatchChunk.round == work.round,
        _is_active(work.batch_id, or_paused=True),
    )  # fmt: skip
    taken = update(BatchChunk).where(*wanted).values(done).returning(BatchChunk.number)
    if session.scalar(taken) is None:
        return False
    row = {"batch_id": work.batch_id, "number": work.number, "round": work.round, "data": result}
    written = insert_into(session, BatchResult).values(row)
    newer = {"round": written.excluded.round, "data": written.excluded.data}
    session.execute(written.on_conflict_do_update(index_elements=["batch_id", "number"], set_=newer))
    return True


def fail_chunk(session: Session, work: ChunkWork, error_name: str, max_attempts: int) -> None:
    """Note the class of an attempt's error; park the chunk after the last attempt, else the sweeper re-queues it."""
    failed = fail_attempt(BatchChunk, max_attempts, "waiting", "parked", error_name)
    failed["finished_at"] = case((BatchChunk.attempts >= max_attempts, now()), else_=None)
    failed |= {"claimed_until": None, "sent_at": now()}
    session.execute(update(BatchChunk).where(*_waiting_in_round(work)).values(failed))


def finish_batch(session: Session, batch_id: str) -> bool:
    """End a batch without waiting chunks; return whether it ended now.

    Call it in its own transaction, after that of a chunk: two last chunks at once do not see each other's state.
    """
    row = session.execute(select(Batch.faults).where(Batch.id == batch_id, Batch.state == "screening")).one_or_none()
    if row is None:
        return False
    waits = exists().where(BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting")
    ended = {"state": "failed" if row.faults else "done", "finished_at": now()}
    statement = update(Batch).where(Batch.id == batch_id, Batch.state == "screening", ~waits).values(ended)
    return session.scalar(statement.returning(Batch.id)) is not None


def active_batches(session: Session) -> list[str]:
    """Return batches that may have chunks to send, oldest first, without paused batches."""
    active = (Batch.state.in_(ACTIVE_BATCH_STATES), Batch.paused.is_(False))
    return list(session.scalars(select(Batch.id).where(*active).order_by(Batch.submitted_at)))


def stale_chunks(session: Session, older_than: float, limit: int) -> list[WaitingChunk]:
    """Return chunks sent more than `older_than` seconds ago that are not done and not leased, oldest first."""
    current = now()
    lost = BatchChunk.claimed_until.is_not(None)
    free = or_(BatchChunk.claimed_until.is_(None), BatchChunk.claimed_until < current)
    wanted = select(BatchChunk.batch_id, BatchChunk.number, lost.label("lost")).join(Batch)
    wanted = wanted.where(Batch.state.in_(ACTIVE_BATCH_STATES), Batch.paused.is_(False))
    sent_before = BatchChunk.sent_at < current - timedelta(seconds=older_than)
    wanted = wanted.where(BatchChunk.state == "waiting", sent_before, free)
    rows = session.execute(wanted.order_by(BatchChunk.sent_at).limit(limit))
    return [WaitingChunk(row.batch_id, row.number, bool(row.lost)) for row in rows]


def mark_chunk_sent(session: Session, batch_id: str, number: int) -> None:
    """Note that this chunk was sent to the queue now, and end the lease of its lost worker."""
    again = {"sent_at": now(), "claimed_until": None}
    session.execute(update(BatchChunk).where(*_waiting(batch_id, number)).values(again))


def _waiting(batch_id: str, number: int) -> tuple[ColumnElement[bool], ...]:
    return BatchChunk.batch_id == batch_id, BatchChunk.number == number, BatchChunk.state == "waiting"


def _waiting_in_round(work: ChunkWork) -> tuple[ColumnElement[bool], ...]:
    return (*_waiting(work.batch_id, work.number), BatchChunk.round == work.round)


def _is_active(batch_id: str, or_paused: bool = False) -> ColumnElement[bool]:
    active = [Batch.id == batch_id, Batch.state.in_(ACTIVE_BATCH_STATES)]
    return exists().where(*active if or_paused else [*active, Batch.paused.is_(False)])
