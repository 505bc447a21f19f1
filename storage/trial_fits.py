"""The stored patients of a site by their verdict on one trial."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from matching.verdict import ELIGIBLE
from storage.models import Match, Patient, PatientVersion, TrialVersion


@dataclass(frozen=True)
class TrialFit:
    """A patient's verdict on a trial, and the version of the trial that gave it."""

    patient_id: str
    patient_ref: str
    verdict: str
    score: float
    version: str


def count_fits(session: Session, site_id: str, trial_id: str) -> dict[str, int]:
    """Count the site's patients by their verdict on a trial."""
    counted = select(Match.verdict, func.count().label("patients")).group_by(Match.verdict)
    return {row.verdict: row.patients for row in session.execute(_of_trial(counted, site_id, trial_id))}


def count_outdated(session: Session, site_id: str, trial_id: str, version: str) -> int:
    """Count the site's patients who were matched with another version of the trial."""
    counted = _of_trial(select(func.count()), site_id, trial_id).where(TrialVersion.version != version)
    return session.scalar(counted) or 0


def best_fits(session: Session, site_id: str, trial_id: str, verdicts: Sequence[str], limit: int) -> list[TrialFit]:
    """Return the patients who fit best: eligible before possible, then by score and reference."""
    wanted = select(Patient.id, Patient.patient_ref, Match.verdict, Match.score, TrialVersion.version)
    order = (case((Match.verdict == ELIGIBLE, 0), else_=1), Match.score.desc(), Patient.patient_ref)
    best = _of_trial(wanted, site_id, trial_id).where(Match.verdict.in_(verdicts)).order_by(*order).limit(limit)
    return [TrialFit(*row) for row in session.execute(best)]


def _of_trial(wanted: Any, site_id: str, trial_id: str) -> Any:
    newest = and_(PatientVersion.patient_id == Patient.id, PatientVersion.number == Patient.current_version)
    last = and_(Match.patient_version_id == PatientVersion.id, Match.rank.is_not(None))
    joined = wanted.select_from(TrialVersion).join(Match, Match.trial_version_id == TrialVersion.id)
    joined = joined.join(PatientVersion, last).join(Patient, newest)
    return joined.where(TrialVersion.site_id == site_id, TrialVersion.trial_id == trial_id, Patient.site_id == site_id)
