"""Batches as a site sees them: state, progress, rate and estimated time left."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from storage.batches.models import Batch, BatchChunk
from storage.models import Json, TrialVersion
from storage.states import ACTIVE_BATCH_STATES, CHUNK_STATES, PAUSED


@dataclass(frozen=True)
class BatchProgress:
    """The progress of a batch. Rate and time left are None until a chunk is done."""

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
    """A batch. `state` may also be "paused"; `faults` are faults of the file; `error` is why splitting was given up."""

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
    """Return a batch of a site, or None if the site has no such batch or its upload is not complete."""
    views = _views(session, (Batch.site_id == site_id, Batch.id == batch_id), 1)
    return views[0] if views else None


def list_batches(session: Session, site_id: str, limit: int, after: str | None = None) -> list[BatchView]:
    """Return a page of a site's batches, newest first, after the batch `after`."""
    conditions = [Batch.site_id == site_id]
    if after is not None:
        last = select(Batch.submitted_at).where(Batch.id == after, Batch.site_id == site_id).scalar_subquery()
        conditions.append(or_(Batch.submitted_at < last, and_(Batch.submitted_at == last, Batch.id < after)))
    return _views(session, tuple(conditions), limit)


def trial_versions_of(session: Session, view: BatchView) -> list[TrialName]:
    """Return the trial versions of the latest results of a batch, by trial id."""
    columns = (TrialVersion.id, TrialVersion.trial_id, TrialVersion.version)
    wanted = select(*columns).where(TrialVersion.id.in_(view.trial_version_pks)).order_by(TrialVersion.trial_id)
    return [TrialName(*row) for row in session.execute(wanted)]


def parked_errors(session: Session, batch_id: str) -> list[tuple[int, str]]:
    """Return the parked chunks of a batch, each with the class of its error."""
    parked = (BatchChunk.batch_id == batch_id, BatchChunk.state == "parked")
    rows = session.execute(select(BatchChunk.number, BatchChunk.error).where(*parked).order_by(BatchChunk.number))
    return [(row.number, row.error or "") for row in rows]


def _views(session: Session, conditions: tuple[Any, ...], limit: int) -> list[BatchView]:
    wanted = select(Batch).where(*conditions, Batch.state != "receiving")
    batches = list(session.scalars(wanted.order_by(Batch.submitted_at.desc(), Batch.id.desc()).limit(limit)))
    counts = _counts(session, [batch.id for batch in batches])
    return [_view(batch, counts.get(batch.id)) for batch in batches]


def _counts(session: Session, batch_ids: Sequence[str]) -> dict[str, Any]:
    """Count chunks and rows per batch in one query."""
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
    is_running = batch.state == "screening" and not batch.paused
    left = row.waiting * (row.rows / row.done) / rate if rate and is_running else None
    return BatchProgress(row.chunks, row.done, row.parked, row.rows, row.matched, row.bad, rate, left)


def _rate(row: Any) -> float | None:
    """Units: rows per second, from the first chunk sent to the last chunk done."""
    if not row.done or row.first is None or row.last is None:
        return None
    seconds: float = (row.last - row.first).total_seconds()
    return row.rows / seconds if seconds > 0 else None


_COUNTED = (BatchChunk.rows, BatchChunk.matched, BatchChunk.bad)
