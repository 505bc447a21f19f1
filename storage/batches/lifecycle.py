"""Batches as their site sees them: how far each is, what was decided about it, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.batches.tables import Batch, BatchChunk
from storage.column_types import Json, now
from storage.models import TrialVersion
from storage.states import ACTIVE_BATCH_STATES, CHUNK_STATES, PAUSED
from storage.trials import current_versions


@dataclass(frozen=True)
class BatchProgress:
    """How far a batch is. Rates and times are None until there is something to tell them from."""

    chunks: int
    chunks_done: int
    chunks_parked: int
    rows: int
    matched: int
    bad: int
    rows_per_second: float | None
    seconds_left: float | None


@dataclass(frozen=True)
class BatchView:
    """A batch. `state` is also paused; `faults` are those of the file itself; `error` is why it was given up."""

    batch_id: str
    state: str
    submitted_at: datetime
    finished_at: datetime | None
    size: int
    options: Json
    faults: Sequence[Json]
    error: str | None
    trial_version_pks: tuple[str, ...]
    screening_round: int
    progress: BatchProgress = field(repr=False)


@dataclass(frozen=True)
class TrialName:
    """A trial version of a batch."""

    trial_version_pk: str
    trial_id: str
    version: str


def get_batch(session: Session, site_id: str, batch_id: str) -> BatchView | None:
    """A batch of a site; None if the site has no such batch. One that is being received is not there yet."""
    found = _views(session, (Batch.site_id == site_id, Batch.id == batch_id), 1)
    return found[0] if found else None


def list_batches(session: Session, site_id: str, limit: int, after: str | None = None) -> list[BatchView]:
    """A page of a site's batches, newest first, behind the batch `after`."""
    conditions = [Batch.site_id == site_id]
    if after is not None:
        last = select(Batch.submitted_at).where(Batch.id == after, Batch.site_id == site_id).scalar_subquery()
        conditions.append(or_(Batch.submitted_at < last, and_(Batch.submitted_at == last, Batch.id < after)))
    return _views(session, tuple(conditions), limit)


def trials_of(session: Session, view: BatchView) -> list[TrialName]:
    """The trial versions that made the last results of a batch, by trial id."""
    columns = (TrialVersion.id, TrialVersion.trial_id, TrialVersion.version)
    wanted = select(*columns).where(TrialVersion.id.in_(view.trial_version_pks)).order_by(TrialVersion.trial_id)
    return [TrialName(*row) for row in session.execute(wanted)]


def parked_errors(session: Session, batch_id: str) -> list[tuple[int, str]]:
    """The chunks of a batch that were given up, each with the class of its error."""
    parked = (BatchChunk.batch_id == batch_id, BatchChunk.state == "parked")
    rows = session.execute(select(BatchChunk.number, BatchChunk.error).where(*parked).order_by(BatchChunk.number))
    return [(row.number, row.error or "") for row in rows]


def pause_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Let no further chunk begin; False if it is over, or paused already."""
    return _set(session, principal, batch_id, "batch.paused", False, {"paused": True})


def resume_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Let a paused batch go on; False if it was not paused. What was sent before counts as not sent."""
    if not _set(session, principal, batch_id, "batch.resumed", True, {"paused": False, "touched_at": now()}):
        return False
    waiting = (BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting", BatchChunk.claimed_until.is_(None))
    session.execute(update(BatchChunk).where(*waiting).values(sent_at=None))
    return True


def cancel_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """End a batch before it is done; its results so far stay, and the sweeper drops its file. False if it is over."""
    ended = {"state": "cancelled", "paused": False, "finished_at": now()}
    return _set(session, principal, batch_id, "batch.cancelled", None, ended)


def _set(
    session: Session, principal: Principal, batch_id: str, action: str, paused: bool | None, values: dict[str, Any]
) -> bool:  # fmt: skip
    mine = [Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state.in_(ACTIVE_BATCH_STATES)]
    if paused is not None:
        mine.append(Batch.paused.is_(paused))
    if session.scalar(update(Batch).where(*mine).values(values).returning(Batch.id)) is None:
        return False
    audit.record(session, principal, action, batch_id)
    return True


def rescreen_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Screen a batch that is over against the site's present trials, computing only what changed.

    Where no trial changed, only the parked chunks are tried again. False if the batch is not over, or has none.
    """
    over = (Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state.in_(("done", "failed")))
    begun = exists().where(BatchChunk.batch_id == batch_id)
    row = session.execute(select(Batch.rounds).where(*over, begun)).one_or_none()
    if row is None:
        return False
    present = current_versions(session, principal.site_id)
    changed = present != row.rounds[-1]
    rounds = [*row.rounds, present] if changed else row.rounds
    again = {"state": "screening", "rounds": rounds, "finished_at": None, "touched_at": now()}
    if session.scalar(update(Batch).where(*over).values(again).returning(Batch.id)) is None:
        return False
    wait = {"round": len(rounds) - 1, "state": "waiting", "attempts": 0, "error": None, "sent_at": None}
    chunks = update(BatchChunk).where(BatchChunk.batch_id == batch_id)
    if not changed:
        chunks = chunks.where(BatchChunk.state == "parked")
    session.execute(chunks.values(wait | {"claimed_until": None, "finished_at": None}))
    audit.record(session, principal, "batch.rescreened", batch_id)
    return True


def delete_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Delete a batch with its file, chunks and results; an event without patient data stays. False if there is none."""
    mine = (Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state != "receiving")
    if session.scalar(delete(Batch).where(*mine).returning(Batch.id)) is None:
        return False
    audit.record(session, principal, "batch.deleted", batch_id)
    return True


def _views(session: Session, conditions: tuple[Any, ...], limit: int) -> list[BatchView]:
    wanted = select(Batch).where(*conditions, Batch.state != "receiving")
    batches = list(session.scalars(wanted.order_by(Batch.submitted_at.desc(), Batch.id.desc()).limit(limit)))
    counts = _counts(session, [batch.id for batch in batches])
    return [_view(batch, counts.get(batch.id)) for batch in batches]


def _counts(session: Session, batch_ids: Sequence[str]) -> dict[str, Any]:
    """One row a batch, whatever number of them is asked for."""
    done = BatchChunk.state == "done"
    columns = [
        BatchChunk.batch_id,
        func.count().label("chunks"),
        *(_sum(case((BatchChunk.state == state, 1), else_=0)).label(state) for state in CHUNK_STATES),
        *(_sum(case((done, column), else_=0)).label(column.key) for column in _COUNTED),
        func.min(BatchChunk.sent_at).label("first"),
        func.max(BatchChunk.finished_at).label("last"),
    ]
    wanted = select(*columns).where(BatchChunk.batch_id.in_(batch_ids)).group_by(BatchChunk.batch_id)
    return {row.batch_id: row for row in session.execute(wanted)}


def _sum(expression: Any) -> Any:
    return func.coalesce(func.sum(expression), 0)


def _view(batch: Batch, row: Any) -> BatchView:
    return BatchView(
        batch_id=batch.id,
        state=PAUSED if batch.paused and batch.state in ACTIVE_BATCH_STATES else batch.state,
        submitted_at=batch.submitted_at,
        finished_at=batch.finished_at,
        size=batch.size,
        options=batch.options,
        faults=batch.faults,
        error=batch.error,
        trial_version_pks=tuple(batch.rounds[-1]),
        screening_round=len(batch.rounds) - 1,
        progress=_progress(batch, row),
    )


def _progress(batch: Batch, row: Any) -> BatchProgress:
    if row is None:
        return BatchProgress(0, 0, 0, 0, 0, 0, None, None)
    rate = _rate(row)
    goes_on = batch.state == "screening" and not batch.paused
    left = row.waiting * (row.rows / row.done) / rate if rate and goes_on else None
    return BatchProgress(row.chunks, row.done, row.parked, row.rows, row.matched, row.bad, rate, left)


def _rate(row: Any) -> float | None:
    """Units: rows a second, between the first chunk that was sent and the last that was done."""
    if not row.done or row.first is None or row.last is None:
        return None
    seconds: float = (row.last - row.first).total_seconds()
    return row.rows / seconds if seconds > 0 else None


_COUNTED = (BatchChunk.rows, BatchChunk.matched, BatchChunk.bad)
