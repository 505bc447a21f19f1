"""A per-process cache of compiled trials."""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy.orm import Session

from matching.trial import Trial
from schemas.trials.library import Library
from schemas.trials.trial_file import stored_trial
from storage.trials import load_texts

MAX_COMPILED_VERSIONS = 4096
"""Compiled versions in the cache: forty trials of a hundred sites."""


class CompiledTrials:
    """Compiled trial versions by key. A version never changes, so the cache never goes stale."""

    def __init__(self) -> None:
        self._cache: dict[str, Trial] = {}

    def get(self, session: Session, trial_version_pks: Sequence[str]) -> dict[str, Trial]:
        """Return these versions compiled; read only versions that are not in the cache."""
        missing = [pk for pk in trial_version_pks if pk not in self._cache]
        if missing:
            if len(self._cache) > MAX_COMPILED_VERSIONS:
                self._cache.clear()
                missing = list(trial_version_pks)
            self._cache |= {
                row.trial_version_pk: _compile(row.body, row.trial_id, row.version)
                for row in load_texts(session, missing)
            }
        return {pk: self._cache[pk] for pk in trial_version_pks}


def compile_library(library: Library) -> None:
    """Compile the library's trials, which most sites use: before a fork, once for all processes."""
    for trial_id, trial in library.trials.items():
        _compile(library.texts[trial_id], trial_id, trial.version)


@lru_cache(MAX_COMPILED_VERSIONS)
def _compile(text: str, name: str, version: str) -> Trial:
    """Return one object for the same text at every site, so that sites share its evaluation plan."""
    return stored_trial(text, name, version)
