"""What the API and the page do with a summary that was accepted: store it, then let it be matched."""

from typing import Any

from service.dependencies import dependencies
from settings.roles import Principal
from storage.notes import StoredNote
from storage.patients import Idempotency, Submission, submit
from workers.dispatch import enqueue_match
from workers.errors import QueueUnavailable


def store(
    principal: Principal,
    summary: dict[str, Any],
    idempotency: Idempotency | None = None,
    note: StoredNote | None = None,
) -> Submission:
    """The next version of the patient, with what its note says, in the database before anything is promised.

    Raises: IdempotencyConflict, StorageUnavailable.
    """
    with dependencies().database.session() as session:
        return submit(session, principal, summary, idempotency, note=note)


def send(stored: Submission) -> bool:
    """Let it be matched at once; False when the queue is down, and then the sweeper sends it later."""
    if stored.state != "queued":
        return True
    try:
        enqueue_match(dependencies().celery, stored.patient_version_id)
    except QueueUnavailable:
        return False
    return True
