"""Trials compiled once a process, whatever number of patients it matches against them."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy.orm import Session

from matching.trial import Trial
from schemas.trials.library import Library
from schemas.trials.trial_file import stored_trial
from storage.trials import texts_of

KEPT = 4096
"""Versions kept compiled: forty trials of a hundred sites."""


class CompiledTrials:
    """Trial versions by their key. A version never changes, so what is known stays true."""

    def __init__(self) -> None:
        self._known: dict[str, Trial] = {}

    def of(self, session: Session, trial_version_pks: Sequence[str]) -> dict[str, Trial]:
        """These versions compiled; the database is asked only for those that are new here."""
        missing = [pk for pk in trial_version_pks if pk not in self._known]
        if missing:
            if len(self._known) > KEPT:
                self._known.clear()
                missing = list(trial_version_pks)
            self._known |= {
                row.trial_version_pk: _compile(row.body, row.trial_id, row.version)
                for row in texts_of(session, missing)
            }
        return {pk: self._known[pk] for pk in trial_version_pks}


def compile_library(library: Library) -> None:
    """Compile the library's trials, which most sites match against: before a fork, once for all processes."""
    for trial_id, trial in library.trials.items():
        _compile(library.texts[trial_id], trial_id, trial.version)


@lru_cache(KEPT)
def _compile(text: str, name: str, version: str) -> Trial:
    """One object for the same text at every site, so that what was planned for one site serves the next."""
    return stored_trial(text, name, version)
