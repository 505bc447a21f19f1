"""The laws of asking: what is not listed cannot change a verdict, and what is listed can."""

import copy
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

from hypothesis import assume, event
from hypothesis import strategies as st

from matching.evaluate import Program, evaluate
from matching.trial import Trial
from schemas.alteration import Alteration
from schemas.columns import cohort_of, declared
from schemas.consistency import contradictions
from schemas.errors import InputError
from schemas.fields import Ago, Code, FactField, Quantity, Records, Truth
from schemas.patient import load_patient
from schemas.readings import program_of, read_one
from schemas.verdict import match_patient
from tests.generative.laws import law
from tests.generative.readers import trials
from tests.generative.spelling import spell
from tests.generative.summaries import ALTERATIONS, Summary, asked_amounts, asked_codes, patient_schema, summaries
from tests.generative.test_summary_laws import consistent

ATTEMPTS = 40


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


@law(summary=summaries().map(consistent), data=st.data())
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


# --- what is listed ---------------------------------------------------------------------------------


def answers(path: str) -> list[Any]:
    """Values of a fact at which some criterion turns, as a client writes them."""
    plain = re.sub(r"\[\d+\]", "", path)
    field = declared().field(plain)
    if isinstance(field, Truth):
        return [True, False]
    if isinstance(field, Alteration):
        return [name[0] for names in ALTERATIONS.values() for name in names]
    if isinstance(field, Code):
        return list(asked_codes().get(plain, ())) + list(field.vocabulary.terms)[:3]
    assert isinstance(field, Quantity), path
    amounts = sorted(near(plain, field))
    written = [{"value": str(one), "unit": field.dimension.canonical} for one in amounts]
    return [{"ago": one} for one in written] if isinstance(field, Ago) else written


def near(path: str, field: Quantity) -> set[Fraction]:
    """Every threshold, and a value on either side; a measured value may be asked in the terms of another analyte."""
    low, high = field.unknown.lo, field.unknown.hi
    ends = [*asked_amounts().get(path, ()), Fraction(1)]
    around = {end + side for end in ends for side in (-1, Fraction(0), 1)}
    return {one for one in around if max(low, 0) <= one <= high}


def put(summary: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The summary with one more fact."""
    out = copy.deepcopy(summary)
    holder: Any = out
    *above, last = re.findall(r"\w+", path)
    for key, after in pairwise([*above, last]):
        if key.isdigit():
            holder = holder[int(key)]
        else:
            holder = holder.setdefault(key, [] if after.isdigit() else {})
    holder[last] = value
    return out


def accepted(written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in written if not _refused(one)]


def _refused(summary: dict[str, Any]) -> bool:
    try:
        load_patient(summary)
    except InputError:
        return True
    return False


def matters(place: int, summary: dict[str, Any], path: str, others: list[str], data: Any) -> bool:
    """Whether some value of the fact, with some values of the other missing facts, changes the trial's verdict."""
    for attempt in range(ATTEMPTS):
        base = summary
        for other in others if attempt else []:
            if data.draw(st.booleans()):
                base = put(base, other, data.draw(st.sampled_from(answers(other))))
        tried = accepted([base, *(put(base, path, value) for value in answers(path))])
        if len(set(truths(tried)[place])) > 1:
            return True
    return False


@law(summary=summaries().map(consistent), data=st.data())
def test_a_fact_that_is_listed_can_change_a_verdict(summary: Summary, data: Any) -> None:
    written = spell(summary)
    row = truths([written])
    possible = [place for place, truth in enumerate(row) if truth[0] == 0]
    assume(possible)
    place = data.draw(st.sampled_from(possible))
    listed = missing_of(trials()[place], written)
    single = sorted(path for path in listed if declared().field(re.sub(r"\[\d+\]", "", path)))
    assume(single)
    path = data.draw(st.sampled_from(single))
    event("alone" if listed[path] else "with others")
    others = [other for other in single if other != path]
    assert matters(place, written, path, others, data), (trials()[place].id, path)
