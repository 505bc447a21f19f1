"""Stores an accepted patient summary and enqueues it for matching."""

import json
from hashlib import sha256
from typing import Any

from service.dependencies import dependencies
from settings.roles import Principal
from storage.idempotency import Idempotency
from storage.notes import StoredNote
from storage.patients import Submission, submit
from workers.dispatch import enqueue_match
from workers.errors import QueueUnavailable


def store_submission(
    principal: Principal, summary: dict[str, Any], note: StoredNote | None = None, key: str | None = None
) -> Submission:
    """Store the next version of the patient with what was read from its note, before the client gets a response.

    With an idempotency key, a repeat of the same request returns the first submission.
    Raises: IdempotencyConflict, StorageUnavailable.
    """
    idempotency = None if key is None else Idempotency(key, _request_hash(summary, note))
    with dependencies().database.session() as session:
        return submit(session, principal, summary, idempotency, note=note)


def _request_hash(summary: dict[str, Any], note: StoredNote | None) -> str:
    request = json.dumps([summary, note.text] if note else summary, sort_keys=True)
    return sha256(request.encode()).hexdigest()


def enqueue_submission(stored: Submission) -> bool:
    """Enqueue a submission to be matched; False if the queue does not answer, then the sweeper enqueues it later."""
    if stored.state != "queued":
        return True
    try:
        enqueue_match(dependencies().celery, stored.patient_version_id)
    except QueueUnavailable:
        return False
    return True
