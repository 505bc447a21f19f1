"""Submitting from a page: stored, sent, and awaited for a moment, so that mostly the next page has the result."""

import time
from typing import Any

from flask import flash
from sqlalchemy import select

from service.actions.submit_patient import enqueue_submission, store_submission
from service.dependencies import dependencies
from service.page.account.sessions import principal
from storage.models import PatientVersion
from storage.notes import StoredNote

MOMENT_SECONDS = 1.5
"""A match takes some tens of milliseconds; who waits longer gets a page that says so."""

LOOK_SECONDS = 0.04
LATER = "The summary is stored. The queue does not answer just now; it will be matched when it does."


def submitted(summary: dict[str, Any], note: StoredNote | None = None) -> str:
    """The id of the patient whose new version this is."""
    stored = store_submission(principal(), summary, note)
    if enqueue_submission(stored):
        _await(stored.patient_version_id)
    else:
        flash(LATER, "note")
    return stored.patient_id


def _await(patient_version_id: str) -> None:
    until = time.monotonic() + MOMENT_SECONDS
    state = select(PatientVersion.state).where(PatientVersion.id == patient_version_id)
    while time.monotonic() < until:
        with dependencies().database.session() as session:
            if session.scalar(state) != "queued":
                return
        time.sleep(LOOK_SECONDS)
