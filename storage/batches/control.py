"""What a site may do with a batch: pause, resume, cancel, re-screen and delete it."""

from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.batches.models import Batch, BatchChunk
from storage.models import now
from storage.states import ACTIVE_BATCH_STATES
from storage.trials import current_version_pks


def pause_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Start no further chunk; return False if the batch is over or paused already."""
    return _change(session, principal, batch_id, "batch.paused", False, {"paused": True})


def resume_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Resume a paused batch; return False if it was not paused. Chunks that were sent count as not sent."""
    if not _change(session, principal, batch_id, "batch.resumed", True, {"paused": False, "touched_at": now()}):
        return False
    waiting = (BatchChunk.batch_id == batch_id, BatchChunk.state == "waiting", BatchChunk.claimed_until.is_(None))
    session.execute(update(BatchChunk).where(*waiting).values(sent_at=None))
    return True


def cancel_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """End a batch early; its results so far stay, and the sweeper deletes its file. Return False if it is over."""
    ended = {"state": "cancelled", "paused": False, "finished_at": now()}
    return _change(session, principal, batch_id, "batch.cancelled", None, ended)


def _change(
    session: Session, principal: Principal, batch_id: str, action: str, paused: bool | None, values: dict[str, Any]
) -> bool:  # fmt: skip
    wanted = [Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state.in_(ACTIVE_BATCH_STATES)]
    if paused is not None:
        wanted.append(Batch.paused.is_(paused))
    if session.scalar(update(Batch).where(*wanted).values(values).returning(Batch.id)) is None:
        return False
    audit.record(session, principal, action, batch_id)
    return True


def rescreen_batch(session: Session, principal: Principal, batch_id: str) -> bool:
    """Screen a finished batch with the site's current trials, computing only changed trials.

    If no trial changed, only parked chunks are retried. Return False if the batch is not finished or has no chunks.
    """
    over = (Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state.in_(("done", "failed")))
    has_chunks = exists().where(BatchChunk.batch_id == batch_id)
    row = session.execute(select(Batch.rounds).where(*over, has_chunks)).one_or_none()
    if row is None:
        return False
    current = current_version_pks(session, principal.site_id)
    changed = current != row.rounds[-1]
    rounds = [*row.rounds, current] if changed else row.rounds
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
    wanted = (Batch.id == batch_id, Batch.site_id == principal.site_id, Batch.state != "receiving")
    if session.scalar(delete(Batch).where(*wanted).returning(Batch.id)) is None:
        return False
    audit.record(session, principal, "batch.deleted", batch_id)
    return True
