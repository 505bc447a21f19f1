"""The work of matching as the database sees it: what waits, what came out, what failed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, case, func, select, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.orm import Session

from storage.column_types import Json, now
from storage.models import Match, Patient, PatientVersion, table_of
from storage.trials import current_versions
from storage.upsert import dialect_of, insert_in

LOST = "WorkerLost"
"""The error of a submission whose attempts left nothing, not even an error."""


@dataclass(frozen=True)
class MatchWork:
    """A summary that waits, and the keys of the trial versions to match it against."""

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


def load_work(session: Session, patient_version_id: str) -> MatchWork | None:
    """What a task needs; None if there is nothing to do: matched, parked or deleted."""
    row = session.execute(_WORK, {"this": patient_version_id}).one_or_none()
    if row is None:
        return None
    pks = tuple(current_versions(session, row.site_id))
    return MatchWork(patient_version_id, row.site_id, row.summary, pks, row.matched_at is not None)


def begin_again(session: Session, patient_version_id: str, max_attempts: int) -> None:
    """Count an attempt that is not the first; park the submission if it would be one too many.

    First attempts are not written down: nearly all succeed, and a write would double what a task costs.
    """
    attempt = case((PatientVersion.attempts < 1, 2), else_=PatientVersion.attempts + 1)
    too_many = attempt > max_attempts
    counted = {
        "attempts": case((too_many, PatientVersion.attempts), else_=attempt),
        "state": case((too_many, "parked"), else_="queued"),
        "error": case((too_many, func.coalesce(PatientVersion.error, LOST)), else_=PatientVersion.error),
    }
    session.execute(update(PatientVersion).where(*_queued(patient_version_id)).values(counted))


def record_failure(session: Session, patient_version_id: str, error_name: str, max_attempts: int) -> None:
    """Note an attempt's class of error; park the submission if it was the last, else the sweeper sends it again."""
    attempts = case((PatientVersion.attempts < 1, 1), else_=PatientVersion.attempts)
    state = case((attempts >= max_attempts, "parked"), else_="queued")
    failed = {"attempts": attempts, "state": state, "error": error_name}
    session.execute(update(PatientVersion).where(*_queued(patient_version_id)).values(failed))


def record_result(
    session: Session, patient_version_id: str, result: Json, versions: Mapping[str, str], screened_before: bool = True
) -> bool:
    """Store a result in the verdict shape; `versions` gives the trial version key of each trial id in it.

    False, and nothing is written, if another task was first or the patient was deleted meanwhile.
    """
    header = {key: value for key, value in result.items() if key != "matches"}
    taken = session.execute(_TAKE, {"this": patient_version_id, "at": now(), "header": header})
    if taken.one_or_none() is None:
        return False
    if screened_before:
        session.execute(update(Match).where(Match.patient_version_id == patient_version_id).values(rank=None))
    matches = enumerate(result["matches"])
    rows = [match_row(patient_version_id, versions[one["trial"]], rank, one) for rank, one in matches]
    if rows:
        session.execute(write_matches(dialect_of(session)), rows)
    return True


def result_of(session: Session, site_id: str, patient_id: str, version: int | None = None) -> dict[str, Any] | None:
    """The last result of a patient in the verdict shape, with state, version, error and matched_at.

    What waits has the matches of its last screening, if any. None if the site has no such patient or version.
    """
    number = Patient.current_version if version is None else version
    same = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == number)
    wanted = select(Patient.patient_ref, PatientVersion).join_from(Patient, PatientVersion, same)
    row = session.execute(wanted.where(Patient.id == patient_id, Patient.site_id == site_id)).one_or_none()
    if row is None:
        return None
    found: PatientVersion = row.PatientVersion
    ranked = select(Match.body).where(Match.patient_version_id == found.id, Match.rank.is_not(None))
    header = found.result or {"patient": row.patient_ref, "ask_next": [], "contradictions": []}
    return header | {
        "matches": list(session.scalars(ranked.order_by(Match.rank))),
        "state": found.state,
        "version": found.number,
        "error": found.error,
        "matched_at": found.matched_at,
    }


def stale(session: Session, older_than: float, limit: int) -> list[WaitingSubmission]:
    """Submissions whose id went to the queue more than so many seconds ago and that still wait, oldest first."""
    before = now() - timedelta(seconds=older_than)
    wanted = select(PatientVersion.id, PatientVersion.queue)
    wanted = wanted.where(PatientVersion.state == "queued", PatientVersion.sent_at < before)
    rows = session.execute(wanted.order_by(PatientVersion.sent_at).limit(limit))
    return [WaitingSubmission(row.id, row.queue) for row in rows]


def mark_sent(session: Session, patient_version_ids: list[str]) -> None:
    """Note that these ids went to the queue now, so that they are not stale again at once."""
    session.execute(update(PatientVersion).where(PatientVersion.id.in_(patient_version_ids)).values(sent_at=now()))


def requeue_site(session: Session, site_id: str) -> list[str]:
    """Let every matched patient of a site wait again, on the batch queue, for a screening against today's trials."""
    mine = select(Patient.id).where(Patient.site_id == site_id)
    newest = select(Patient.current_version).where(Patient.id == PatientVersion.patient_id).scalar_subquery()
    matched = (PatientVersion.state == "matched", PatientVersion.number == newest, PatientVersion.patient_id.in_(mine))
    again = {"state": "queued", "queue": "batch", "attempts": 0, "sent_at": now()}
    changed = update(PatientVersion).where(*matched).values(again).returning(PatientVersion.id)
    return list(session.scalars(changed))


def _queued(patient_version_id: str) -> tuple[Any, Any]:
    return PatientVersion.id == patient_version_id, PatientVersion.state == "queued"


@cache
def write_matches(dialect: str) -> Insert:
    """The statement that stores matches, or replaces those that are there."""
    written = insert_in(dialect, table_of(Match))
    fresh = {name: written.excluded[name] for name in ("verdict", "score", "rank", "body")}
    return written.on_conflict_do_update(index_elements=["patient_version_id", "trial_version_id"], set_=fresh)


def match_row(patient_version_id: str, trial_version_id: str, rank: int | None, match: Json) -> Json:
    """A match of the verdict shape as a row."""
    return {
        "patient_version_id": patient_version_id,
        "trial_version_id": trial_version_id,
        "verdict": match["verdict"],
        "score": match["score"],
        "rank": rank,
        "body": match,
    }


# Built once: building these took longer than the database takes to run them.
_version, _patient = table_of(PatientVersion).c, table_of(Patient).c
_waits = (_version.id == bindparam("this"), _version.state == "queued")
_WORK = (
    select(_version.summary, _version.matched_at, _patient.site_id)
    .join_from(table_of(PatientVersion), table_of(Patient))
    .where(*_waits)
)
_TAKE = (
    update(table_of(PatientVersion))
    .where(*_waits)
    .values(state="matched", matched_at=bindparam("at"), result=bindparam("header"), error=None)
    .returning(_version.id)
)
