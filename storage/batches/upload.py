"""A batch on its way in: parts of a file, each durable by itself, until the whole is there or given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage import audit
from storage.batches.tables import Batch, BatchPart
from storage.column_types import new_id, now
from storage.errors import IdempotencyConflict
from storage.patients import Idempotency
from storage.trials import current_versions


@dataclass(frozen=True)
class ReceivedBatch:
    """A batch that is wholly here. `replayed`: it was here before, under the same Idempotency-Key."""

    batch_id: str
    replayed: bool


def begin_upload(session: Session, principal: Principal, options: Mapping[str, Any]) -> str:
    """A batch that waits for its file; its id."""
    batch_id = new_id()
    session.execute(insert(Batch).values(id=batch_id, site_id=principal.site_id, options=dict(options)))
    return batch_id


def add_part(session: Session, batch_id: str, number: int, data: bytes) -> bool:
    """Store the next part of the file; False if the upload was given up meanwhile."""
    arrived = {"touched_at": now(), "size": Batch.size + len(data)}
    waiting = update(Batch).where(Batch.id == batch_id, Batch.state == "receiving").values(arrived)
    if session.scalar(waiting.returning(Batch.id)) is None:
        return False
    session.execute(insert(BatchPart).values(batch_id=batch_id, number=number, data=data))
    return True


def complete_upload(
    session: Session, principal: Principal, batch_id: str, idempotency: Idempotency | None = None
) -> ReceivedBatch:
    """The file is wholly here: let it be split, for the trials that the site has now.

    Raises: IdempotencyConflict when the key stands for another file; nothing is kept of this one then.
    """
    earlier = None if idempotency is None else find_upload(session, principal.site_id, idempotency)
    if earlier is not None:
        abandon_upload(session, batch_id)
        return earlier
    there: dict[str, Any] = {"state": "splitting", "touched_at": now(), "submitted_at": now()}
    there["rounds"] = [current_versions(session, principal.site_id)]
    if idempotency is not None:
        there |= {"key_hash": _hash(idempotency.key), "request_hash": idempotency.request_hash}
    waiting = update(Batch).where(Batch.id == batch_id, Batch.state == "receiving")
    try:
        with session.begin_nested():
            session.execute(waiting.values(there))
    except IntegrityError:  # of two uploads with one key at once, the other was first
        return complete_upload(session, principal, batch_id, idempotency)
    audit.record(session, principal, "batch.submitted", batch_id)
    return ReceivedBatch(batch_id, replayed=False)


def find_upload(session: Session, site_id: str, idempotency: Idempotency) -> ReceivedBatch | None:
    """The batch that was received under this key.

    Raises: IdempotencyConflict when that was another file.
    """
    mine = (Batch.site_id == site_id, Batch.key_hash == _hash(idempotency.key))
    row = session.execute(select(Batch.id, Batch.request_hash).where(*mine)).one_or_none()
    if row is None:
        return None
    if row.request_hash != idempotency.request_hash:
        raise IdempotencyConflict("this Idempotency-Key was used for another file")
    return ReceivedBatch(row.id, replayed=True)


def key_is_taken(session: Session, site_id: str, key: str) -> bool:
    """Whether a batch was received under this key."""
    mine = (Batch.site_id == site_id, Batch.key_hash == _hash(key))
    return session.scalar(select(func.count()).select_from(Batch).where(*mine)) != 0


def abandon_upload(session: Session, batch_id: str) -> None:
    """Leave nothing of a file that did not arrive."""
    session.execute(delete(Batch).where(Batch.id == batch_id, Batch.state == "receiving"))


def abandon_stale_uploads(session: Session, older_than: float) -> int:
    """The same for every upload of which nothing arrived for so many seconds; how many there were."""
    before = now() - timedelta(seconds=older_than)
    stale = delete(Batch).where(Batch.state == "receiving", Batch.touched_at < before)
    return len(session.scalars(stale.returning(Batch.id)).all())


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
