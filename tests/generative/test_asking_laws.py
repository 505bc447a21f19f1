"""The laws of asking: what is not listed cannot change a verdict, and what is listed can."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any

from hypothesis import assume, event
from hypothesis import strategies as st

from matching import nodes as c
from matching.columnar import Program, evaluate
from matching.trial import Criterion, Trial
from matching.truth import Truth
from schemas.inputs.faults import InputError
from schemas.summary.contradictions import accept_patient, contradictions
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for, program_of
from schemas.summary.facts import load_patient
from schemas.summary.fields import FactField
from schemas.summary.sections import RecordsField
from tests.generative.answering import Asking, added_by, answered
from tests.generative.laws import law
from tests.generative.mending import consistent
from tests.generative.readers import every_criterion, trials
from tests.generative.spelling import spell
from tests.generative.summaries import Summary, patient_schema
from verdicts.match import match_patient

MOST_TRIES = 40
"""Answers that are tried before none is said to serve."""


def forgettable(summary: Any, schema: Any, path: str = "") -> Iterator[tuple[str, Any, str]]:
    """Each single fact that can be left out: its path, what holds it, and its key."""
    for key, value in summary.items():
        field, below = schema.fields[key], f"{path}.{key}" if path else key
        if isinstance(field, RecordsField):
            for place, record in enumerate(value):
                yield from forgettable(record, field.schema, f"{below}[{place}]")
        elif isinstance(value, Mapping):
            yield from forgettable(value, field.schema, below)
        elif isinstance(field, FactField) and not field.required and field.default is None and key != "patient_ref":
            yield below, summary, key


@cache
def program() -> Program:
    return program_of(requirements())


@cache
def requirements() -> tuple[c.TruthNode, ...]:
    return tuple(trial.requirement for trial in trials())


def truths(written: list[dict[str, Any]], read: Program) -> list[list[int]]:
    """For each criterion of the program, its truth for each summary."""
    patients = [load_patient(one) for one in written]
    return [[int(truth) for truth in row] for row in evaluate(read, cohort_of(patients))]


def missing_of(trial: Trial, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts listed for a trial."""
    (match,) = match_patient(load_patient(summary), [trial])["matches"]
    found: list[dict[str, Any]] = match["missing"]
    return found


def contradictory(summary: dict[str, Any], asked: tuple[c.TruthNode, ...]) -> bool:
    return bool(contradictions(explainer_for(load_patient(summary)), asked))


@law(summary=consistent(), data=st.data())
def test_a_fact_that_is_not_listed_cannot_change_a_verdict(summary: Summary, data: Any) -> None:
    before, after, path = without_one(summary, data)
    changed = [
        trial for trial, row in zip(trials(), truths([before, after], program()), strict=True) if row[0] != row[1]
    ]
    assume(not changed or not contradictory(after, requirements()))
    for trial in changed:
        event("a verdict changed")
        assert path in [one["fact"] for one in missing_of(trial, before)], (trial.id, path)


def without_one(summary: Summary, data: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The patient without one of the facts, the patient, and the path of the fact."""
    places = list(forgettable(summary, patient_schema()))
    assume(places)
    path, holder, key = data.draw(st.sampled_from(places))
    after = spell(summary)
    del holder[key]
    return spell(summary), after, path


# --- generated criteria ---------------------------------------------------------------------------


def combined() -> st.SearchStrategy[c.TruthNode]:
    """Criteria of trials, definitions and probes in combinations that no trial happens to have."""
    one = st.sampled_from([node for node in every_criterion() if not isinstance(node, c.Among | c.Named)])
    few = st.lists(one, min_size=1, max_size=3).map(tuple)
    groups = st.one_of(few.map(c.All), few.map(c.Any), few.map(lambda parts: c.AtLeast(2, parts)))
    # Not beside its own part is what everybody meets, or nobody, which the linter refuses.
    pairs = st.one_of(st.tuples(groups, groups).map(c.All), st.tuples(groups, groups).map(c.Any))
    return st.one_of(groups, groups.map(c.Not), pairs)


def trial_of(node: c.TruthNode) -> Trial:
    """A trial that asks for nothing else."""
    line = Criterion("include[0]", "include", "all", node, label="what is asked")
    return Trial("NCT00000000", "", "generated", (), "recruiting", "", "", "complete", (line,))


@law(summary=consistent(), node=st.deferred(combined), data=st.data())
def test_a_fact_that_no_generated_criterion_lists_cannot_change_it(
    summary: Summary, node: c.TruthNode, data: Any
) -> None:
    before, after, path = without_one(summary, data)
    trial = trial_of(node)
    read = Program([trial.requirement])
    ((was, is_now),) = truths([before, after], read)
    if was != is_now and not contradictory(after, (trial.requirement,)):
        event("a verdict changed")
        assert path in [one["fact"] for one in missing_of(trial, before)], path


# --- what is listed -------------------------------------------------------------------------------


@law(summary=consistent(), which=st.integers(0, 99), place=st.integers(0, 99))
def test_a_listed_fact_can_change_a_verdict(summary: Summary, which: int, place: int) -> None:
    assert_can_change(trials()[which % len(trials())], spell(summary), place)


@law(summary=consistent(), node=st.deferred(combined), place=st.integers(0, 99))
def test_a_fact_that_a_generated_criterion_lists_can_change_it(summary: Summary, node: c.TruthNode, place: int) -> None:
    assert_can_change(trial_of(node), spell(summary), place)


def assert_can_change(trial: Trial, summary: dict[str, Any], place: int) -> None:
    """One listed fact, alone or with those beside it, has a value that settles the trial.

    Unless every such value contradicts what the summary states elsewhere: then it cannot be the answer.
    """
    listed = missing_of(trial, summary)
    if not listed:
        event("nothing is missing")
        return
    one = listed[place % len(listed)]
    allowed = frozenset({one["fact"], *one["beside"]})
    wished = [TRUTHS[verdict] for verdict in one["could_make"]]
    event(f"alone: {bool(wished)}")
    for truth in wished:
        assert can_become(trial, summary, allowed, truth), (trial.id, one, truth)
    either_way = (can_become(trial, summary, allowed, truth) for truth in reversed(TRUTHS.values()))
    assert wished or any(either_way), (trial.id, one)


TRUTHS = {"eligible": Truth.TRUE, "ineligible": Truth.FALSE}


def can_become(trial: Trial, summary: dict[str, Any], allowed: frozenset[str], wished: Truth) -> bool:
    found = Tries(trial.requirement, wished).search(Asking(explainer_for(load_patient(summary)), summary, allowed))
    event(f"found: {found}")
    return found is not False


@dataclass(frozen=True)
class Tries:
    """Answers put into a summary until the criterion comes out as wished."""

    node: c.TruthNode
    wished: Truth

    def search(self, asking: Asking, rounds: int = 2) -> bool | None:
        """True where some answers settle it; None where those that might contradict the summary; else False."""
        refused = False
        for answers in islice(asking.answers(self.node, self.wished), MOST_TRIES):
            after = answered(asking.summary, answers)
            try:
                reader = explainer_for(accept_patient(after))
            except InputError:
                refused = True
                continue
            truth, added = reader.truth(self.node), (*asking.added, *added_by(asking.summary, answers))
            if truth == self.wished:
                return True
            more = replace(asking, reader=reader, summary=after, added=added)
            if truth == Truth.UNKNOWN and rounds and self.search(more, rounds - 1):
                return True
        return None if refused else False
