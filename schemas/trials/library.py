"""Loads the library: trials, named definitions and vocabularies, packaged or from installed packages."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from matching.trial import Trial
from schemas.criteria.definitions import KNOWLEDGE, Definition, added_definitions, packaged_definitions
from schemas.criteria.language import added_kinds
from schemas.criteria.specification import added_specs
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_yaml import read_text
from schemas.plugins import TRIALS, AddedByPackages, package_files, read_entry_points, yaml_files
from schemas.summary.facts import plugin_facts
from schemas.summary.vocabulary import Vocabulary, vocabularies, vocabulary_faults
from schemas.trials.trial_file import parse_trial

log = logging.getLogger("trialmatch.library")


@dataclass(frozen=True)
class Library:
    """Trials and their texts by id, definitions, vocabularies, and the `faults` of files that cannot be read."""

    trials: Mapping[str, Trial]
    texts: Mapping[str, str]
    definitions: Mapping[str, Definition]
    vocabularies: Mapping[str, Vocabulary]
    faults: tuple[Fault, ...] = field(default=())

    def version_of(self, trial_id: str, text: str) -> str | None:
        """The version of a text under the current definitions; None if it cannot be read."""
        try:
            return parse_trial(text, f"{trial_id}.yaml").version
        except InputError:
            return None


@cache
def load_library(folder: Path | None = None) -> Library:
    """The trials of a folder, or the packaged trials and those of installed packages. Faulty files are skipped."""
    if folder is not None:
        return _library(yaml_files(folder), ())
    library = _library(trial_files(), package_faults())
    for fault in library.faults:
        log.warning("%s", fault)
    return library


def trial_files() -> list[tuple[str, Traversable]]:
    """The packaged trial files and those of installed packages, each with the name that faults use."""
    added = ((name, file) for files in _added_trials().accepted.values() for name, file, _ in files)
    return [*yaml_files(KNOWLEDGE / "trials"), *added]


def package_faults() -> tuple[Fault, ...]:
    """The faults of the definitions and of everything that installed packages add."""
    sources = (added_kinds(), plugin_facts(), added_definitions(), _added_trials(), added_specs())
    of_packages = (fault for source in sources for fault in source.faults)
    return (*vocabulary_faults(), *of_packages, *packaged_definitions().faults())


@cache
def _added_trials() -> AddedByPackages[list[tuple[str, Traversable, str]]]:
    return read_entry_points(TRIALS, package_files, ())


def _library(files: Iterable[tuple[str, Traversable]], earlier_faults: tuple[Fault, ...]) -> Library:
    trials: dict[str, Trial] = {}
    texts: dict[str, str] = {}
    faults = list(earlier_faults)
    for name, file in files:
        try:
            text = read_text(file, name)
            trial = parse_trial(text, name)
            if trial.id in trials:
                raise InputError([Fault("id", "another file has this trial", file=name)])
            trials[trial.id], texts[trial.id] = trial, text
        except InputError as error:
            faults.extend(error.faults)
    return Library(trials, texts, packaged_definitions().all(), vocabularies(), tuple(faults))
