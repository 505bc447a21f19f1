"""The laws of missing facts: a fact that is not listed cannot change a verdict, and a listed fact can."""

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
from matching.verdict import ELIGIBLE, INELIGIBLE, TRUTH_OF
from schemas.implications.contradictions import accept_patient, contradictions
from schemas.inputs.faults import InputError
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for, program_of
from schemas.summary.facts import load_patient
from schemas.summary.fields import FactField
from schemas.summary.sections import RecordsField
from tests.generative.acceptable_summaries import consistent
from tests.generative.answering import Asking, added_by, answered
from tests.generative.laws import law
from tests.generative.real_criteria import every_criterion, trials
from tests.generative.summary_strategies import Summary, patient_schema
from tests.generative.written_summaries import spell
from verdicts.match import match_patient

MOST_TRIES = 40
"""Most answers that are tried before the law fails."""


def forgettable(summary: Any, schema: Any, path: str = "") -> Iterator[tuple[str, Any, str]]:
    """Each fact that can be removed: its path, the section that contains it, and its key."""
    for key, value in summary.items():
        field, below = schema.fields[key], f"{path}.{key}" if path else key
        if isinstance(field, RecordsField):
            for row, record in enumerate(value):
                yield from forgettable(record, field.schema, f"{below}[{row}]")
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


def truths(written: list[dict[str, Any]], compiled: Program) -> list[list[int]]:
    """For each criterion of the program, its truth for each summary."""
    patients = [load_patient(summary) for summary in written]
    return [[int(truth) for truth in row] for row in evaluate(compiled, cohort_of(patients))]


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
        assert path in [missing["fact"] for missing in missing_of(trial, before)], (trial.id, path)


def without_one(summary: Summary, data: Any) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The patient without a fact, the patient, and the path of the fact."""
    places = list(forgettable(summary, patient_schema()))
    assume(places)
    path, holder, key = data.draw(st.sampled_from(places))
    after = spell(summary)
    del holder[key]
    return spell(summary), after, path


# --- generated criteria ---------------------------------------------------------------------------


def combined() -> st.SearchStrategy[c.TruthNode]:
    """Criteria of trials, definitions and probes in combinations that no trial happens to have."""
    part = st.sampled_from([node for node in every_criterion() if not isinstance(node, c.Among | c.Named)])
    few = st.lists(part, min_size=1, max_size=3).map(tuple)
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
        assert path in [missing["fact"] for missing in missing_of(trial, before)], path


# --- what is listed -------------------------------------------------------------------------------


@law(summary=consistent(), which=st.integers(0, 99), place=st.integers(0, 99))
def test_a_listed_fact_can_change_a_verdict(summary: Summary, which: int, place: int) -> None:
    assert_can_change(trials()[which % len(trials())], spell(summary), place)


@law(summary=consistent(), node=st.deferred(combined), place=st.integers(0, 99))
def test_a_fact_that_a_generated_criterion_lists_can_change_it(summary: Summary, node: c.TruthNode, place: int) -> None:
    assert_can_change(trial_of(node), spell(summary), place)


def assert_can_change(trial: Trial, summary: dict[str, Any], place: int) -> None:
    """A listed fact, alone or with those it needs, has a value that decides the trial.

    Unless every such value contradicts other facts of the summary: then it cannot be the answer.
    """
    listed = missing_of(trial, summary)
    if not listed:
        event("nothing is missing")
        return
    missing = listed[place % len(listed)]
    allowed = frozenset({missing["fact"], *missing["beside"]})
    wanted_truth = [TRUTHS[verdict] for verdict in missing["could_make"]]
    event(f"alone: {bool(wanted_truth)}")
    for truth in wanted_truth:
        assert can_become(trial, summary, allowed, truth), (trial.id, missing, truth)
    either_way = (can_become(trial, summary, allowed, truth) for truth in reversed(TRUTHS.values()))
    assert wanted_truth or any(either_way), (trial.id, missing)


TRUTHS = {verdict: TRUTH_OF[verdict] for verdict in (ELIGIBLE, INELIGIBLE)}


def can_become(trial: Trial, summary: dict[str, Any], allowed: frozenset[str], wanted_truth: Truth) -> bool:
    found = Tries(trial.requirement, wanted_truth).search(
        Asking(explainer_for(load_patient(summary)), summary, allowed)
    )
    event(f"found: {found}")
    return found is not False


@dataclass(frozen=True)
class Tries:
    """Puts answers into a summary until the criterion has the wanted truth."""

    node: c.TruthNode
    wanted_truth: Truth

    def search(self, asking: Asking, rounds: int = 2) -> bool | None:
        """True where answers decide it; None where such answers contradict the summary; else False."""
        rejected = False
        for answers in islice(asking.answers(self.node, self.wanted_truth), MOST_TRIES):
            after = answered(asking.summary, answers)
            try:
                explainer = explainer_for(accept_patient(after))
            except InputError:
                rejected = True
                continue
            truth, added = explainer.truth(self.node), (*asking.added, *added_by(asking.summary, answers))
            if truth == self.wanted_truth:
                return True
            more = replace(asking, explainer=explainer, summary=after, added=added)
            if truth == Truth.UNKNOWN and rounds and self.search(more, rounds - 1):
                return True
        return None if rejected else False
