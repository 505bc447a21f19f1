"""Stores, compares and re-screens versions of a trial, for the API and the page."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy.orm import Session

from authoring.affected_patients import VerdictChange, affected_patients
from authoring.check import CheckedTrial, check_trial
from authoring.diff import TrialChange, trial_diff
from matching.trial import Trial
from schemas.inputs.faults import InputError
from schemas.summary.facts import Patient, load_patient
from schemas.trials.trial_file import stored_trial
from service.api.problems import Problem, not_found
from service.dependencies import dependencies
from settings.roles import Principal
from storage.patients import PatientView, list_summaries
from storage.trial_rescreens import RescreenView, request_rescreen
from storage.trials import TrialRow, get_trial, list_versions, put_trial
from workers.dispatch import enqueue_rescreen_trial


@dataclass(frozen=True)
class AffectedPatient:
    """A patient of the site, and how the change affects the verdict."""

    view: PatientView
    shift: VerdictChange


@dataclass(frozen=True)
class EditPreview:
    """Two versions compared. `read` patients were examined; `after` is the id of the last if there are more."""

    older: Trial
    newer: Trial
    changes: list[TrialChange]
    read: int
    affected: list[AffectedPatient]
    after: str | None

    def moves(self) -> dict[str, int]:
        """Count the affected patients by the verdicts before and after: `possible>eligible`."""
        return dict(Counter(f"{patient.shift.before}>{patient.shift.after}" for patient in self.affected))


def store_trial(session: Session, principal: Principal, trial_id: str, text: str) -> tuple[CheckedTrial, Trial, bool]:
    """Check a text and make it the site's current version; the flag is False if it was current already.

    Raises: InputError with every fault, including cases with an unexpected result.
    """
    checked = check_trial(text, trial_id)
    if checked.trial is None or checked.faults:
        raise InputError(checked.faults)
    created = put_trial(session, principal, trial_id, checked.trial.version, text)
    return checked, checked.trial, created


def refuse_unless_current(session: Session, site_id: str, trial_id: str, base: str) -> None:
    """Raises: Problem if the site has no such trial, or `base` is not its current version."""
    row = get_trial(session, site_id, trial_id)
    if row is None:
        raise not_found()
    if row.version != base:
        raise Problem(
            "trial-changed", "`base` is not the current version any more. Review the current version and edit it."
        )


def read_version(row: TrialRow) -> Trial:
    """Return a stored trial under the version that it was stored with."""
    return stored_trial(row.body, f"{row.trial_id}.yaml", row.version)


def find_pair(
    session: Session, site_id: str, trial_id: str, older: str | None, newer: str | None
) -> tuple[Trial, Trial] | None:
    """Return two versions of a trial, by default the current version and its predecessor; None if one is missing."""
    later = get_trial(session, site_id, trial_id, newer)
    if later is None:
        return None
    if older is None:
        known = [record.version for record in list_versions(session, site_id, trial_id)]
        place = known.index(later.version) + 1
        older = known[place] if place < len(known) else later.version
    earlier = get_trial(session, site_id, trial_id, older)
    return None if earlier is None else (read_version(earlier), read_version(later))


def preview(
    session: Session, site_id: str, pair: tuple[Trial, Trial], limit: int, after: str | None = None
) -> EditPreview:
    """Compare two versions, on at most `limit` stored patients, those after the patient `after`."""
    views = list_summaries(session, site_id, limit + 1, after)
    examined = views[:limit]
    patients = [(view, patient) for view in examined if (patient := _readable(view)) is not None]
    by_ref = {view.patient_ref: view for view, _ in patients}
    found = affected_patients(*pair, [patient for _, patient in patients])
    affected = [AffectedPatient(by_ref[shift.patient], shift) for shift in found]
    last = examined[-1].patient_id if len(views) > limit and examined else None
    return EditPreview(*pair, trial_diff(*pair), len(patients), affected, last)


def _readable(view: PatientView) -> Patient | None:
    """Return the patient, or None if the summary uses facts of a package that is no longer installed."""
    try:
        return load_patient(view.summary)
    except InputError:
        return None


def ask_for_rescreen(principal: Principal, trial_id: str) -> RescreenView | None:
    """Store the request for a re-screen and enqueue its first block; None if the site has no such trial.

    Raises: QueueUnavailable; the request is stored then, and the sweeper enqueues it.
    """
    with dependencies().database.session() as session:
        view = request_rescreen(session, principal, trial_id)
    if view is not None:
        enqueue_rescreen_trial(dependencies().celery, view.rescreen_id)
    return view
