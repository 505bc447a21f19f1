"""Submissions until their result: waiting, retried, parked after too many attempts, re-queued when they wait too long.

Results are written by storage/match_results.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, update
from sqlalchemy.orm import Session

from storage.attempts import begin_attempt, fail_attempt
from storage.models import Json, Patient, PatientVersion, now, table_of
from storage.trials import current_version_pks


@dataclass(frozen=True)
class MatchWork:
    """A waiting summary, and the keys of the trial versions to match it against."""

    patient_version_id: str
    site_id: str
    summary: Json = field(repr=False)
    trial_version_pks: tuple[str, ...]
    screened_before: bool


@dataclass(frozen=True)
class WaitingSubmission:
    """A submission that waits longer than it should, and its queue."""

    patient_version_id: str
    queue: str


def load_submission(session: Session, patient_version_id: str) -> MatchWork | None:
    """Return what a task needs, or None if there is nothing to do: matched, parked or deleted."""
    row = session.execute(_WORK, {"this": patient_version_id}).one_or_none()
    if row is None:
        return None
    pks = tuple(current_version_pks(session, row.site_id))
    return MatchWork(patient_version_id, row.site_id, row.summary, pks, row.matched_at is not None)


def begin_retry(session: Session, patient_version_id: str, max_attempts: int) -> None:
    """Count an attempt after the first, or park the submission if it had all its attempts.

    First attempts are not written down: nearly all succeed, and a write would double the cost of a task.
    """
    counted = begin_attempt(PatientVersion, max_attempts, "queued", "parked", _ATTEMPTS)
    session.execute(update(PatientVersion).where(*_queued(patient_version_id)).values(counted))


def record_failure(session: Session, patient_version_id: str, error_name: str, max_attempts: int) -> None:
    """Note the class of an attempt's error; park after the last attempt, else the sweeper re-queues the submission."""
    failed = fail_attempt(PatientVersion, max_attempts, "queued", "parked", error_name, _ATTEMPTS)
    failed["attempts"] = _ATTEMPTS
    session.execute(update(PatientVersion).where(*_queued(patient_version_id)).values(failed))


def stale_submissions(session: Session, older_than: float, limit: int) -> list[WaitingSubmission]:
    """Return waiting submissions whose id was sent to the queue more than `older_than` seconds ago, oldest first."""
    before = now() - timedelta(seconds=older_than)
    wanted = select(PatientVersion.id, PatientVersion.queue)
    wanted = wanted.where(PatientVersion.state == "queued", PatientVersion.sent_at < before)
    rows = session.execute(wanted.order_by(PatientVersion.sent_at).limit(limit))
    return [WaitingSubmission(row.id, row.queue) for row in rows]


def mark_submissions_sent(session: Session, patient_version_ids: list[str]) -> None:
    """Note that these ids were sent to the queue now, so that they are not immediately stale again."""
    session.execute(update(PatientVersion).where(PatientVersion.id.in_(patient_version_ids)).values(sent_at=now()))


def requeue_site(session: Session, site_id: str) -> list[str]:
    """Let every matched patient of a site wait again, on the batch queue, for a match with the current trials."""
    of_site = select(Patient.id).where(Patient.site_id == site_id)
    newest = select(Patient.current_version).where(Patient.id == PatientVersion.patient_id).scalar_subquery()
    return _requeue(session, PatientVersion.number == newest, PatientVersion.patient_id.in_(of_site))


def requeue_submissions(session: Session, patient_version_ids: Sequence[str]) -> None:
    """Let these be matched individually, against all trials: a block of patients could not be matched together."""
    _requeue(session, PatientVersion.id.in_(patient_version_ids))


def _requeue(session: Session, *conditions: Any) -> list[str]:
    again = {"state": "queued", "queue": "batch", "attempts": 0, "sent_at": now()}
    matched = update(PatientVersion).where(PatientVersion.state == "matched", *conditions)
    return list(session.scalars(matched.values(again).returning(PatientVersion.id)))


def _queued(patient_version_id: str) -> tuple[Any, Any]:
    return PatientVersion.id == patient_version_id, PatientVersion.state == "queued"


_ATTEMPTS = case((PatientVersion.attempts < 1, 1), else_=PatientVersion.attempts)
"""Attempts so far, with the first, which is not written down."""

_version, _patient = table_of(PatientVersion).c, table_of(Patient).c
_WORK = (  # built once: building it took longer than the database takes to run it
    select(_version.summary, _version.matched_at, _patient.site_id)
    .join_from(table_of(PatientVersion), table_of(Patient))
    .where(_version.id == bindparam("this"), _version.state == "queued")
)
