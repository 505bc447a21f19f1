"""Randomly corrupted trial files give a trial or an InputError that names the file, and no other exception."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authoring.cases import run_cases
from authoring.coverage import coverage
from authoring.lint import lint
from schemas.inputs.faults import Fault, InputError
from schemas.trials.library import trial_files
from schemas.trials.trial_file import read_trial_file, trial_card
from tests.generative.laws import examples

CORRUPT_VALUES = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 10**17, 1.5, "", " ", "no", "NaN", "1e999", "10 mm", ">= 5 years"]),
    st.sampled_from(["x" * 600, "'\"\\", "I1", "é\u2028", [], [[]], {}, [None], ["papillary", 3], {"of": None}]),
    st.sampled_from([{"min": {}}, {"age": {"min": "18 years"}}, {"any": []}, {"all": []}, {"when": {}}]),
    st.sampled_from([{"at_least": {"count": 3, "of": []}}, {"not": {"confirm": "Is it so?"}}]),
    st.text(max_size=12),
    st.integers(-(10**18), 10**18),
)
KEYS = st.sampled_from(
    ["age", "any", "all", "not", "when", "label", "note", "bullet", "meets", "lesion", "min", "of", "x"]
)
Slot = tuple[Any, Any]


@cache
def packaged() -> list[Any]:
    return [yaml.load(file.read_text("utf-8"), yaml.CSafeLoader) for _, file in trial_files()]


def slots(data: Any) -> Iterator[Slot]:
    """Every container of the document with each of its keys."""
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield data, key
        yield from slots(data[key])


@st.composite
def corrupted_trials(draw: st.DrawFn) -> str:
    """A packaged trial with one to three faults in it."""
    data = deepcopy(draw(st.sampled_from(packaged())))
    for _ in range(draw(st.integers(1, 3))):
        found = list(slots(data))
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        _corrupt(draw, holder, key, found)
    return str(yaml.dump(data, Dumper=_Plain, sort_keys=False, allow_unicode=True))


class _Plain(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _corrupt(draw: st.DrawFn, holder: Any, key: Any, found: list[Slot]) -> None:
    match draw(st.sampled_from(["replace", "delete", "rename", "swap", "repeat", "wrap"])):
        case "delete":
            del holder[key]
        case "rename" if isinstance(holder, dict):
            holder[draw(KEYS)] = holder.pop(key)
        case "swap":
            other, place = found[draw(st.integers(0, len(found) - 1))]
            holder[key] = (
                deepcopy(other[place]) if place in (other if isinstance(other, dict) else range(len(other))) else None
            )
        case "repeat" if isinstance(holder, list):
            holder.append(deepcopy(holder[key]))
        case "wrap":
            holder[key] = [holder[key]]
        case _:
            holder[key] = deepcopy(draw(CORRUPT_VALUES))


@given(text=corrupted_trials())
@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_corrupted_trial_is_rejected_with_its_file_and_never_crashes(text: str) -> None:
    for read in (_card, _findings, _counts, _results):
        faults = _faults(read, text)
        assert all(fault.file == "corrupted.yaml" for fault in faults)


def _card(text: str, file: str) -> list[Any]:
    return [trial_card(read_trial_file(text, file).trial)]


def _counts(text: str, file: str) -> list[Any]:
    return [coverage(read_trial_file(text, file)).counts()]


def _findings(text: str, file: str) -> list[Any]:
    return list(lint(read_trial_file(text, file)))


def _results(text: str, file: str) -> list[Any]:
    return list(run_cases(read_trial_file(text, file)))


def _faults(read: Callable[[str, str], Any], text: str) -> tuple[Fault, ...]:
    """The faults that reading raises; any other exception breaks the test."""
    try:
        list(read(text, "corrupted.yaml"))
    except InputError as error:
        return error.faults
    return ()
