"""The laws of asking: what is not listed cannot change a verdict, and what is listed can."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from hypothesis import assume, event
from hypothesis import strategies as st

from matching.evaluate import Program, evaluate
from matching.trial import Trial
from schemas.columns import cohort_of
from schemas.consistency import contradictions
from schemas.fields import FactField, Records
from schemas.patient import load_patient
from schemas.readings import program_of, read_one
from schemas.verdict import match_patient
from tests.generative.laws import law
from tests.generative.mending import consistent
from tests.generative.readers import trials
from tests.generative.spelling import spell
from tests.generative.summaries import Summary, patient_schema


def forgettable(summary: Any, schema: Any, path: str = "") -> Iterator[tuple[str, Any, str]]:
    """Each single fact that can be left out: its path, what holds it, and its key."""
    for key, value in summary.items():
        field, below = schema.fields[key], f"{path}.{key}" if path else key
        if isinstance(field, Records):
            for place, record in enumerate(value):
                yield from forgettable(record, field.schema, f"{below}[{place}]")
        elif isinstance(value, Mapping):
            yield from forgettable(value, field.schema, below)
        elif isinstance(field, FactField) and not field.required and field.default is None and key != "patient_ref":
            yield below, summary, key


@cache
def program() -> Program:
    return program_of(tuple(trial.requirement for trial in trials()))


def truths(written: list[dict[str, Any]]) -> list[list[int]]:
    """For each trial, the truth of its requirement for each summary."""
    patients = [load_patient(one) for one in written]
    return [[int(truth) for truth in row] for row in evaluate(program(), cohort_of(patients))]


def missing_of(trial: Trial, summary: dict[str, Any]) -> dict[str, list[str]]:
    """The facts listed for a trial, and the verdicts that each alone could bring."""
    (match,) = match_patient(load_patient(summary), [trial])["matches"]
    found: dict[str, list[str]] = {}
    for one in match["missing"]:
        found.setdefault(one["fact"], []).extend(one["could_make"])
    return found


def contradictory(summary: dict[str, Any]) -> bool:
    return bool(contradictions(read_one(program(), load_patient(summary))))


@law(summary=consistent(), data=st.data())
def test_a_fact_that_is_not_listed_cannot_change_a_verdict(summary: Summary, data: Any) -> None:
    places = list(forgettable(summary, patient_schema()))
    assume(places)
    path, holder, key = data.draw(st.sampled_from(places))
    after = spell(summary)
    del holder[key]
    before = spell(summary)
    changed = [trial for trial, row in zip(trials(), truths([before, after]), strict=True) if row[0] != row[1]]
    assume(not changed or not contradictory(after))
    for trial in changed:
        event("a verdict changed")
        assert path in missing_of(trial, before), (trial.id, path)
