"""What curators do with trials, for the API and the page alike: store a version, compare two, ask for a re-screen."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from authoring.check import CheckedTrial, check_trial
from authoring.diff import TrialChange, VerdictChange, shifts, trial_diff
from matching.trial import Trial
from schemas.inputs.faults import InputError
from schemas.summary.facts import Patient, load_patient
from schemas.trials.trial_file import stored_trial
from service.api.payloads.trials import moves_card
from service.api.problems import WORDS, Problem
from service.dependencies import dependencies
from settings.roles import Principal
from storage.patients import PatientView, summaries_of
from storage.rescreens import RescreenView, request_rescreen
from storage.trials import TrialRow, get_trial, list_versions, put_trial
from workers.dispatch import enqueue_rescreen_trial


@dataclass(frozen=True)
class AffectedPatient:
    """A patient of the site, and what the change does."""

    view: PatientView
    shift: VerdictChange


@dataclass(frozen=True)
class EditPreview:
    """Two versions compared. `read` patients were looked at; `after` is the last of them if there are more."""

    older: Trial
    newer: Trial
    changes: list[TrialChange]
    read: int
    moved: list[AffectedPatient]
    after: str | None

    def moves(self) -> dict[str, int]:
        """How many patients go from which verdict to which."""
        return dict(Counter(f"{one.shift.before}>{one.shift.after}" for one in self.moved))


def store_trial(session: Session, principal: Principal, trial_id: str, text: str) -> tuple[CheckedTrial, Trial, bool]:
    """Check a text and make it the site's current version; whether that is another than before.

    Raises: InputError with every fault, among them the cases that come out otherwise than expected.
    """
    checked = check_trial(text, trial_id)
    if checked.trial is None or checked.faults:
        raise InputError(checked.faults)
    created = put_trial(session, principal, trial_id, checked.trial.version, text)
    return checked, checked.trial, created


def refuse_unless_current(session: Session, site_id: str, trial_id: str, base: str) -> None:
    """Raises: Problem when the site has no such trial, or another version of it is current."""
    row = get_trial(session, site_id, trial_id)
    if row is None:
        raise Problem("not-found", WORDS[404])
    if row.version != base:
        raise Problem("trial-changed", "Another version is current now: look at what changed, and edit that one.")


def read_version(row: TrialRow) -> Trial:
    """A stored version, under the version that it was stored as."""
    return stored_trial(row.body, f"{row.trial_id}.yaml", row.version)


def find_pair(
    session: Session, site_id: str, trial_id: str, older: str | None, newer: str | None
) -> tuple[Trial, Trial] | None:
    """Two versions of a trial: by default the current one and the one before it. None where one does not exist."""
    later = get_trial(session, site_id, trial_id, newer)
    if later is None:
        return None
    if older is None:
        known = [one.version for one in list_versions(session, site_id, trial_id)]
        place = known.index(later.version) + 1
        older = known[place] if place < len(known) else later.version
    earlier = get_trial(session, site_id, trial_id, older)
    return None if earlier is None else (read_version(earlier), read_version(later))


def preview(
    session: Session, site_id: str, pair: tuple[Trial, Trial], limit: int, after: str | None = None
) -> EditPreview:
    """What changed between two versions, and which of so many stored patients that moves."""
    views = summaries_of(session, site_id, limit + 1, after)
    shown = views[:limit]
    patients = [(view, patient) for view in shown if (patient := _readable(view)) is not None]
    by_ref = {view.patient_ref: view for view, _ in patients}
    found = shifts(*pair, [patient for _, patient in patients])
    more = shown[-1].patient_id if len(views) > limit and shown else None
    return EditPreview(
        *pair, trial_diff(*pair), len(patients), [AffectedPatient(by_ref[one.patient], one) for one in found], more
    )


def _readable(view: PatientView) -> Patient | None:
    """A summary that cannot be read here any more, because a package is gone, moves nowhere."""
    try:
        return load_patient(view.summary)
    except InputError:
        return None


def ask_for_rescreen(principal: Principal, trial_id: str) -> RescreenView | None:
    """Note a re-screen and send for its first block; None without such a trial.

    Raises: QueueUnavailable; it is noted then, and the sweeper sends it.
    """
    with dependencies().database.session() as session:
        view = request_rescreen(session, principal, trial_id)
    if view is not None:
        enqueue_rescreen_trial(dependencies().celery, view.rescreen_id)
    return view


def rescreen_card(view: RescreenView) -> dict[str, Any]:
    """A re-screen for programs."""
    return {
        "trial": view.trial_id, "version": view.version, "state": view.state, "patients": view.patients,
        "seen": view.seen, "moves": moves_card(view.moves), "requested_at": view.requested_at,
        "finished_at": view.finished_at,
    }  # fmt: skip
