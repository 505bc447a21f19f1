"""The packaged knowledge as one thing: trials, named definitions and vocabularies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from matching.trial import Trial
from schemas.definitions import KNOWLEDGE, Definition, packaged_definitions
from schemas.errors import Fault, InputError
from schemas.trial import parse_trial
from schemas.vocabulary import Vocabulary, vocabularies


@dataclass(frozen=True)
class Library:
    """Trials by id with their texts, definitions and vocabularies; `faults` of files that could not be read."""

    trials: Mapping[str, Trial]
    texts: Mapping[str, str]
    definitions: Mapping[str, Definition]
    vocabularies: Mapping[str, Vocabulary]
    faults: tuple[Fault, ...] = field(default=())


@cache
def load_library(folder: Path | None = None) -> Library:
    """The trials of a folder, or those of the package; a file at fault does not keep the others out."""
    trials: dict[str, Trial] = {}
    texts: dict[str, str] = {}
    faults: list[Fault] = []
    place: Traversable = folder if folder is not None else KNOWLEDGE / "trials"
    for file in sorted(place.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        try:
            text = file.read_text("utf-8")
            trial = parse_trial(text, file.name)
            _take(trial, text, trials, texts, file.name)
        except InputError as error:
            faults.extend(error.faults)
        except UnicodeDecodeError:
            faults.append(Fault("", "not UTF-8 text", file=file.name))
    return Library(trials, texts, packaged_definitions().all(), vocabularies(), tuple(faults))


def _take(trial: Trial, text: str, trials: dict[str, Trial], texts: dict[str, str], file: str) -> None:
    if trial.id in trials:
        raise InputError([Fault("id", "another file has this trial", file=file)])
    trials[trial.id], texts[trial.id] = trial, text
