"""The chunks of a batch from waiting to done: claimed, counted, written once; some at a time, so that none starves."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from storage.batches.tables import Batch, BatchChunk, BatchPayload, BatchResult
from storage.column_types import Json, now
from storage.match_queue import LOST
from storage.states import ACTIVE_BATCH_STATES
from storage.upsert import insert_into


@dataclass(frozen=True)
class ChunkWork:
    """A chunk to be screened. `old_result` and the trial versions that made it, if there was an earlier round."""

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
    """How many rows a chunk has, how many of them were matched and how many are bad."""

    rows: int
    matched: int
    bad: int


@dataclass(frozen=True)
class WaitingChunk:
    """A chunk that was sent and is not done. `lost`: a worker began it and did not end it in time."""

    batch_id: str
    number: int
    lost: bool


def take_next(session: Session, batch_id: str, window: int) -> list[int]:
    """The next chunks to send, so that no more than `window` of a batch are with the queue; they count as sent."""
    sent = and_(BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting", BatchChunk.sent_at.is_not(None))
    free = window - (session.scalar(select(func.count()).select_from(BatchChunk).where(sent)) or 0)
    if free <= 0:
        return []
    unsent = (BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting", BatchChunk.sent_at.is_(None))
    wanted = select(BatchChunk.number).where(*unsent, _is_active(batch_id)).order_by(BatchChunk.number).limit(free)
    # A table of its own: as a plain subquery PostgreSQL may ask it anew for each row, past the limit.
    next_ones = wanted.with_for_update(skip_locked=True).cte("next_ones")
    mine = update(BatchChunk).where(*unsent, BatchChunk.number.in_(select(next_ones.c.number))).values(sent_at=now())
    return sorted(session.scalars(mine.returning(BatchChunk.number)))


def claim_chunk(
    session: Session, batch_id: str, number: int, seconds: float, max_attempts: int, again: bool = False
) -> ChunkWork | None:  # fmt: skip
    """Take a chunk for so many seconds; `again`: from whoever had it, for that one is lost.

    None if there is nothing to do: somebody is at it, it is done, paused, gone, or was tried too often.
    """
    too_many = BatchChunk.attempts >= max_attempts
    taken = {
        "attempts": case((too_many, BatchChunk.attempts), else_=BatchChunk.attempts + 1),
        "claimed_until": now() + timedelta(seconds=seconds),
        "state": case((too_many, "parked"), else_="waiting"),
        "error": case((too_many, func.coalesce(BatchChunk.error, LOST)), else_=BatchChunk.error),
        "finished_at": case((too_many, now()), else_=None),
    }
    mine = [*_waiting(batch_id, number), _is_active(batch_id)]
    if not again:
        mine.append(or_(BatchChunk.claimed_until.is_(None), BatchChunk.claimed_until < now()))
    claimed = update(BatchChunk).where(*mine).values(taken).returning(BatchChunk.state, BatchChunk.round)
    row = session.execute(claimed).one_or_none()
    return None if row is None or row.state == "parked" else _work(session, batch_id, number, row.round)


def _work(session: Session, batch_id: str, number: int, screening_round: int) -> ChunkWork:
    same = and_(BatchResult.batch_id == BatchPayload.batch_id, BatchResult.number == BatchPayload.number)
    columns = (Batch.site_id, Batch.options, Batch.rounds, BatchPayload.data, BatchResult.round, BatchResult.data)
    wanted = select(*columns).select_from(BatchPayload).join(Batch, Batch.id == BatchPayload.batch_id)
    wanted = wanted.outerjoin(BatchResult, same)
    mine = (BatchPayload.batch_id == batch_id, BatchPayload.number == number)
    site_id, options, rounds, payload, old_round, old = session.execute(wanted.where(*mine)).one()
    before = () if old_round is None else tuple(rounds[old_round])
    return ChunkWork(
        batch_id, number, screening_round, site_id, options, tuple(rounds[screening_round]), payload, old, before
    )


def keep_chunk(session: Session, work: ChunkWork, seconds: float) -> None:
    """Keep the claim for so many seconds more."""
    mine = (*_waiting(work.batch_id, work.number), BatchChunk.round == work.round)
    session.execute(update(BatchChunk).where(*mine).values(claimed_until=now() + timedelta(seconds=seconds)))


def record_chunk(session: Session, work: ChunkWork, counted: ChunkCounts, result: bytes) -> bool:
    """Store the result of a chunk; False, and nothing is written, if that was done before or the batch is over.

    Whoever was taken for lost, and was only slow, may still store it, though the chunk was given up meanwhile.
    """
    done = {
        "state": "done", "rows": counted.rows, "matched": counted.matched, "bad": counted.bad, "error": None,
        "claimed_until": None, "finished_at": now(),
    }  # fmt: skip
    mine = (
        BatchChunk.batch_id == work.batch_id, BatchChunk.number == work.number,
        BatchChunk.state.in_(("waiting", "parked")), BatchChunk.round == work.round, _is_active(work.batch_id, True),
    )  # fmt: skip
    taken = update(BatchChunk).where(*mine).values(done).returning(BatchChunk.number)
    if session.scalar(taken) is None:
        return False
    row = {"batch_id": work.batch_id, "number": work.number, "round": work.round, "data": result}
    written = insert_into(session, BatchResult).values(row)
    newer = {"round": written.excluded.round, "data": written.excluded.data}
    session.execute(written.on_conflict_do_update(index_elements=["batch_id", "number"], set_=newer))
    return True


def fail_chunk(session: Session, work: ChunkWork, error_name: str, max_attempts: int) -> None:
    """Note an attempt's class of error; park the chunk if it was the last, else the sweeper sends it again."""
    last = BatchChunk.attempts >= max_attempts
    failed = {
        "state": case((last, "parked"), else_="waiting"),
        "finished_at": case((last, now()), else_=None),
        "error": error_name,
        "claimed_until": None,
        "sent_at": now(),
    }
    mine = (*_waiting(work.batch_id, work.number), BatchChunk.round == work.round)
    session.execute(update(BatchChunk).where(*mine).values(failed))


def release_chunk(session: Session, work: ChunkWork) -> None:
    """Give the claim back and do not count the attempt: what failed was not the chunk."""
    fewer = case((BatchChunk.attempts > 0, BatchChunk.attempts - 1), else_=0)
    given_back = {"claimed_until": None, "attempts": fewer}
    session.execute(update(BatchChunk).where(*_waiting(work.batch_id, work.number)).values(given_back))


def finish_batch(session: Session, batch_id: str) -> bool:
    """End a batch none of whose chunks waits any more; whether that was done now.

    In a transaction of its own, after that of a chunk: of two last chunks at once, neither sees the other's.
    """
    row = session.execute(select(Batch.faults).where(Batch.id == batch_id, Batch.state == "screening")).one_or_none()
    if row is None:
        return False
    waits = exists().where(BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting")
    ended = {"state": "failed" if row.faults else "done", "finished_at": now()}
    mine = update(Batch).where(Batch.id == batch_id, Batch.state == "screening", ~waits).values(ended)
    return session.scalar(mine.returning(Batch.id)) is not None


def active_batches(session: Session) -> list[str]:
    """Batches with chunks to be sent, oldest first, paused ones left out."""
    active = (Batch.state.in_(ACTIVE_BATCH_STATES), Batch.paused.is_(False))
    return list(session.scalars(select(Batch.id).where(*active).order_by(Batch.submitted_at)))


def stale_chunks(session: Session, older_than: float, limit: int) -> list[WaitingChunk]:
    """Chunks sent more than so many seconds ago that are not done and that nobody is at, oldest first."""
    before, present = now() - timedelta(seconds=older_than), now()
    lost = BatchChunk.claimed_until.is_not(None)
    free = or_(BatchChunk.claimed_until.is_(None), BatchChunk.claimed_until < present)
    wanted = select(BatchChunk.batch_id, BatchChunk.number, lost.label("lost")).join(Batch)
    wanted = wanted.where(Batch.state.in_(ACTIVE_BATCH_STATES), Batch.paused.is_(False))
    wanted = wanted.where(BatchChunk.state == "waiting", BatchChunk.sent_at < before, free)
    rows = session.execute(wanted.order_by(BatchChunk.sent_at).limit(limit))
    return [WaitingChunk(row.batch_id, row.number, bool(row.lost)) for row in rows]


def mark_chunk_sent(session: Session, batch_id: str, number: int) -> None:
    """Note that this chunk went to the queue now; whoever had it is lost."""
    again = {"sent_at": now(), "claimed_until": None}
    session.execute(update(BatchChunk).where(*_waiting(batch_id, number)).values(again))


def _waiting(batch_id: str, number: int) -> tuple[ColumnElement[bool], ...]:
    return BatchChunk.batch_id == batch_id, BatchChunk.number == number, BatchChunk.state == "waiting"


def _is_active(batch_id: str, paused_too: bool = False) -> ColumnElement[bool]:
    mine = [Batch.id == batch_id, Batch.state.in_(ACTIVE_BATCH_STATES)]
    return exists().where(*mine if paused_too else [*mine, Batch.paused.is_(False)])
