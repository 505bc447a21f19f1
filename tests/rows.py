"""Creates the rows with which storage tests start. Trials and results are stubs, because storage does not read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from settings.roles import Principal
from storage.database import Database
from storage.match_results import record_result
from storage.patients import Submission, submit
from storage.sites import create_key, create_site, find_key
from storage.submission_queue import load_submission
from storage.trials import current_trials, sync_library


@dataclass(frozen=True)
class StandInTrial:
    version: str


@dataclass(frozen=True)
class StandInLibrary:
    """Trials as (id, version); the text contains both."""

    trials: Mapping[str, StandInTrial]
    texts: Mapping[str, str] = field(default_factory=dict)

    def version_of(self, trial_id: str, text: str) -> str | None:
        """Return None: this library cannot read the texts that a test stores itself."""
        return None


def library(**versions: str) -> StandInLibrary:
    texts = {trial_id: f"id: {trial_id}\nversion: {version}\n" for trial_id, version in versions.items()}
    return StandInLibrary({trial_id: StandInTrial(version) for trial_id, version in versions.items()}, texts)


def new_key(database: Database, site: str, role: str = "coordinator", **versions: str) -> tuple[str, Principal]:
    """Create a site with these trials and return a key of it with its principal."""
    with database.session() as session:
        site_id = create_site(session, site).id
        sync_library(session, site_id, library(**versions))
        plaintext = create_key(session, site_id, role, "a test")
        found = find_key(session, plaintext)
    assert found is not None
    return plaintext, found


def new_principal(database: Database, site: str = "North", role: str = "coordinator", **versions: str) -> Principal:
    return new_key(database, site, role, **versions)[1]


def summary(patient_ref: str = "A-0042", **facts: Any) -> dict[str, Any]:
    return {"schema": 1, "patient_ref": patient_ref, **facts}


def submitted(database: Database, principal: Principal, patient_ref: str = "A-0042", **facts: Any) -> Submission:
    with database.session() as session:
        return submit(session, principal, summary(patient_ref, **facts))


def result(patient_ref: str, **verdicts: str) -> dict[str, Any]:
    """Return a result with these trials in this order."""
    scores = {"eligible": 0.9, "possible": 0.5, "ineligible": 0.0}
    matches = [
        {"trial": trial_id, "verdict": verdict, "score": scores[verdict], "criteria": []}
        for trial_id, verdict in verdicts.items()
    ]
    return {"patient": patient_ref, "matches": matches, "ask_next": [{"fact": "age"}], "contradictions": []}


def matched(database: Database, submission: Submission, patient_ref: str = "A-0042", **verdicts: str) -> bool:
    """Store a result as a worker does."""
    with database.session() as session:
        work = load_submission(session, submission.patient_version_id)
        if work is None:
            return False
        keys = {row.trial_id: row.trial_version_pk for row in current_trials(session, work.site_id)}
        outcome = result(patient_ref, **verdicts)
        return record_result(session, submission.patient_version_id, outcome, keys, work.screened_before)
