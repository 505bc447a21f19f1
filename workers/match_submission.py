"""One submission from waiting to matched."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from schemas.summary.load_stored import load_stored
from storage.database import Database
from storage.match_queue import begin_again, load_work, record_failure, record_result
from verdicts.match import match_patient
from workers.compiled_trials import CompiledTrials


@dataclass(frozen=True)
class SubmissionMatcher:
    """What one process needs to match patients."""

    database: Database
    max_attempts: int
    compiled: CompiledTrials = field(default_factory=CompiledTrials)

    def screen(self, patient_version_id: str, again: bool) -> bool:
        """Match a submission and store the result; False if it had one, was given up or is gone.

        Raises: StorageUnavailable, and whatever reading or matching raises; the submission still waits then.
        """
        if again:
            with self.database.session() as session:
                begin_again(session, patient_version_id, self.max_attempts)
        with self.database.session() as session:
            return self._match(session, patient_version_id)

    def _match(self, session: Session, patient_version_id: str) -> bool:
        work = load_work(session, patient_version_id)
        if work is None:
            return False
        trials = self.compiled.of(session, work.trial_version_pks)
        result = match_patient(load_stored(work.summary), tuple(trials.values()))
        versions = {trial.id: pk for pk, trial in trials.items()}
        return record_result(session, patient_version_id, result, versions, work.screened_before)

    def give_up(self, patient_version_id: str, error: Exception) -> None:
        """Note a failed attempt by the class of its error alone: the message may quote the summary.

        Raises: StorageUnavailable.
        """
        with self.database.session() as session:
            record_failure(session, patient_version_id, type(error).__name__, self.max_attempts)
