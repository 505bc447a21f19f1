"""Uploads: a file arrives in parts, each durable by itself, may wait as a draft, and is submitted or abandoned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.batches.models import Batch, BatchPart
from storage.idempotency import Idempotency, hash_key
from storage.models import Json, new_id, now
from storage.trials import current_version_pks


@dataclass(frozen=True)
class ReceivedBatch:
    """A completely received batch. `replayed`: it was received before, under the same Idempotency-Key."""

    batch_id: str
    replayed: bool


def begin_upload(session: Session, principal: Principal, options: Mapping[str, Any]) -> str:
    """Create a batch that waits for its file, and return its id."""
    batch_id = new_id()
    session.execute(insert(Batch).values(id=batch_id, site_id=principal.site_id, options=dict(options)))
    return batch_id


def add_part(session: Session, batch_id: str, number: int, data: bytes) -> bool:
    """Store the next part of the file; return False if the upload was abandoned meanwhile."""
    arrived = {"touched_at": now(), "size": Batch.size + len(data)}
    receiving = update(Batch).where(Batch.id == batch_id, Batch.state == "receiving").values(arrived)
    if session.scalar(receiving.returning(Batch.id)) is None:
        return False
    session.execute(insert(BatchPart).values(batch_id=batch_id, number=number, data=data))
    return True


def complete_upload(
    session: Session, principal: Principal, batch_id: str, idempotency: Idempotency | None = None
) -> ReceivedBatch:
    """Submit a completely received file: it is split and screened with the site's current trials.

    Raises: IdempotencyConflict when the key was used for another file; nothing of this file is kept then.
    """
    earlier = None if idempotency is None else find_upload(session, principal.site_id, idempotency)
    if earlier is not None:
        abandon_upload(session, batch_id)
        return earlier
    submitted: dict[str, Any] = {"state": "splitting", "touched_at": now(), "submitted_at": now()}
    submitted["rounds"] = [current_version_pks(session, principal.site_id)]
    if idempotency is not None:
        submitted |= {"key_hash": idempotency.key_hash, "request_hash": idempotency.request_hash}
    receiving = update(Batch).where(Batch.id == batch_id, Batch.state == "receiving")
    try:
        with session.begin_nested():
            session.execute(receiving.values(submitted))
    except IntegrityError:  # another upload with the same key was faster
        return complete_upload(session, principal, batch_id, idempotency)
    audit.record(session, principal, "batch.submitted", batch_id)
    return ReceivedBatch(batch_id, replayed=False)


def find_upload(session: Session, site_id: str, idempotency: Idempotency) -> ReceivedBatch | None:
    """Return the batch that was received under this key, or None.

    Raises: IdempotencyConflict when that was another file.
    """
    same_key = (Batch.site_id == site_id, Batch.key_hash == idempotency.key_hash)
    row = session.execute(select(Batch.id, Batch.request_hash).where(*same_key)).one_or_none()
    if row is None:
        return None
    idempotency.refuse_unless_same(row.request_hash, "file")
    return ReceivedBatch(row.id, replayed=True)


def key_is_taken(session: Session, site_id: str, key: str) -> bool:
    """Return whether a batch was received under this key."""
    same_key = (Batch.site_id == site_id, Batch.key_hash == hash_key(key))
    return session.scalar(select(func.count()).select_from(Batch).where(*same_key)) != 0


def abandon_upload(session: Session, batch_id: str) -> None:
    """Delete an upload that was not completed."""
    session.execute(delete(Batch).where(Batch.id == batch_id, Batch.state == "receiving"))


def abandon_stale_uploads(session: Session, older_than: float) -> int:
    """Delete uploads and drafts that nobody touched for `older_than` seconds; return how many."""
    before = now() - timedelta(seconds=older_than)
    stale = delete(Batch).where(Batch.state == "receiving", Batch.touched_at < before)
    return len(session.scalars(stale.returning(Batch.id)).all())


def open_batch_draft(session: Session, site_id: str, batch_id: str) -> Json | None:
    """Return the read options of a received, unsubmitted file, or None without such a draft; extend its life."""
    draft = (Batch.id == batch_id, Batch.site_id == site_id, Batch.state == "receiving")
    options: Json | None = session.scalar(update(Batch).where(*draft).values(touched_at=now()).returning(Batch.options))
    return options


def set_draft_options(session: Session, site_id: str, batch_id: str, options: Mapping[str, Any]) -> bool:
    """Change the read options of a draft; return False if it was submitted or abandoned meanwhile."""
    draft = (Batch.id == batch_id, Batch.site_id == site_id, Batch.state == "receiving")
    changed = update(Batch).where(*draft).values(options=dict(options), touched_at=now()).returning(Batch.id)
    return session.scalar(changed) is not None
