"""Matches a waiting submission and stores its result."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from schemas.summary.load_stored import load_stored
from storage.database import Database
from storage.match_results import record_result
from storage.submission_queue import begin_retry, load_submission, record_failure
from verdicts.match import match_patient
from workers.compiled_trials import CompiledTrials


@dataclass(frozen=True)
class SubmissionMatcher:
    """The database and trials with which a process matches patients."""

    database: Database
    max_attempts: int
    compiled: CompiledTrials = field(default_factory=CompiledTrials)

    def match(self, patient_version_id: str, retry: bool) -> bool:
        """Match a submission and store the result; return False if it had one, was parked or is deleted.

        Raises: StorageUnavailable, and any exception of reading or matching; the submission then still waits.
        """
        if retry:
            with self.database.session() as session:
                begin_retry(session, patient_version_id, self.max_attempts)
        with self.database.session() as session:
            return self._match(session, patient_version_id)

    def _match(self, session: Session, patient_version_id: str) -> bool:
        work = load_submission(session, patient_version_id)
        if work is None:
            return False
        trials = self.compiled.get(session, work.trial_version_pks)
        result = match_patient(load_stored(work.summary), tuple(trials.values()))
        versions = {trial.id: pk for pk, trial in trials.items()}
        return record_result(session, patient_version_id, result, versions, work.screened_before)

    def fail(self, patient_version_id: str, error: Exception) -> None:
        """Note a failed attempt with only the class of its error: the message may quote the summary.

        Raises: StorageUnavailable.
        """
        with self.database.session() as session:
            record_failure(session, patient_version_id, type(error).__name__, self.max_attempts)
