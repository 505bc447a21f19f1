"""Submit a summary from a page and wait for its match, so that the next page usually shows the result."""

import time
from collections.abc import Mapping
from typing import Any

from flask import flash
from sqlalchemy import select

from schemas.implications.contradictions import accept_patient
from schemas.summary.facts import dump_patient
from service.actions.submit_patient import enqueue_submission, store_submission
from service.dependencies import dependencies
from service.page.access import principal
from storage.models import PatientVersion
from storage.notes import StoredNote

MAX_WAIT_SECONDS = 1.5
"""A match takes some tens of milliseconds. After this time the user gets a page that says so."""

POLL_SECONDS = 0.04
MATCHED_LATER = "The summary is saved. The queue is not available; the patient will be matched when it is."


def submit_and_wait(summary: Mapping[str, Any], note: StoredNote | None = None) -> str:
    """Check and store a summary as a new version, match it, and return the id of the patient.

    Raises: InputError.
    """
    stored = store_submission(principal(), dump_patient(accept_patient(summary)), note)
    if enqueue_submission(stored):
        _wait_for_match(stored.patient_version_id)
    else:
        flash(MATCHED_LATER, "note")
    return stored.patient_id


def _wait_for_match(patient_version_id: str) -> None:
    until = time.monotonic() + MAX_WAIT_SECONDS
    state = select(PatientVersion.state).where(PatientVersion.id == patient_version_id)
    while time.monotonic() < until:
        with dependencies().database.session() as session:
            if session.scalar(state) != "queued":
                return
        time.sleep(POLL_SECONDS)
