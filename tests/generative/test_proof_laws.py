"""The law of the linter's proofs: a truth that a patient has is never reported as impossible."""

from dataclasses import fields, replace
from functools import cache
from math import inf
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from authoring.fact_domains import DeclaredDomains
from matching import nodes as c
from matching.columnar import Program, evaluate
from matching.interval import CONTINUOUS_STEP, COUNTING_STEP, EVERYTHING, Interval
from matching.solver.conditions import WantedOutcome, conditions
from matching.solver.satisfiable import PossibleNumbers, ProofSearch
from schemas.summary.encode_patients import cohort_of as summaries_as_columns
from schemas.summary.facts import load_patient
from tests.generative.acceptable_summaries import readable
from tests.generative.algebra_strategies import GROUPS, LEAVES, amongs, cohort_of, patients, truth_nodes, withins
from tests.generative.laws import law
from tests.generative.real_criteria import every_criterion
from tests.generative.summary_strategies import Summary
from tests.generative.written_summaries import spell
from tests.reference import Patient

SHOWN = {
    1: (WantedOutcome.TRUE, WantedOutcome.NOT_FALSE),
    0: (WantedOutcome.NOT_TRUE, WantedOutcome.NOT_FALSE),
    -1: (WantedOutcome.FALSE, WantedOutcome.NOT_TRUE),
}


class AnyDomains:
    """The values that generated patients can have."""

    def numbers(self, number: c.NumberNode) -> PossibleNumbers:
        match number:
            case c.Count():
                return PossibleNumbers(Interval(0.0, inf), COUNTING_STEP)
            case c.Total():
                return PossibleNumbers(Interval(0.0, inf), CONTINUOUS_STEP)
            case _:
                return PossibleNumbers(EVERYTHING, CONTINUOUS_STEP)

    def codes(self, fact: str) -> frozenset[str] | None:
        return frozenset([*LEAVES, *GROUPS]) if fact.endswith("hue") else None


def with_separate_questions(node: Any) -> Any:
    """Rename each question by its favourable value: the engines may use both values, a patient has a single answer."""
    if isinstance(node, tuple):
        return tuple(with_separate_questions(part) for part in node)
    if isinstance(node, c.Confirm):
        return c.Confirm(f"{node.question} {node.favourable}", node.favourable)
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, Interval):
        return node
    return replace(node, **{field.name: with_separate_questions(getattr(node, field.name)) for field in fields(node)})


def assert_possible(criteria: list[c.TruthNode], patient: Patient) -> None:
    """The search allows a patient for whom each criterion has the truth it has for this patient."""
    asked = [with_separate_questions(node) for node in criteria]
    found = evaluate(Program(asked), cohort_of([patient]))[:, 0]
    shown = [
        conditions(node, outcome) for node, truth in zip(asked, found, strict=True) for outcome in SHOWN[int(truth)]
    ]
    assert ProofSearch(AnyDomains()).possible(*shown)


@st.composite
def criteria_on_one_list(draw: st.DrawFn) -> list[c.TruthNode]:
    """Criteria on the same records: how many, how large, and whether any has a size or colour."""
    table, where = "lesions", draw(st.one_of(st.just(c.All(())), amongs("lesions", True)))
    found = c.Records(table, where, draw(st.sampled_from([c.Any(()), c.IsYes("fit")])))
    size = f"{table}.size"
    numbers: list[c.NumberNode] = [
        c.Count(found),
        c.Total(found, size),
        c.Largest(found, size),
        c.Smallest(found, size),
    ]
    narrower = st.one_of(withins(st.just(c.Fact(size))), amongs(table, True)).map(
        lambda more: c.Exists(c.Records(table, c.All((where, more)), found.complete_if))
    )
    criterion = st.one_of(withins(st.sampled_from([*numbers, c.Fact("age")])), narrower, st.just(c.Exists(found)))
    return draw(st.lists(criterion, min_size=2, max_size=5))


@law(criteria=criteria_on_one_list(), patient=patients())
def test_truths_of_the_records_of_a_patient_are_never_impossible(criteria: list[c.TruthNode], patient: Patient) -> None:
    assert_possible(criteria, patient)


@law(criteria=st.lists(truth_nodes(), min_size=1, max_size=4), patient=patients())
def test_truths_of_a_patient_are_never_impossible(criteria: list[c.TruthNode], patient: Patient) -> None:
    assert_possible(criteria, patient)


@law(criterion=st.one_of(amongs(None, True), withins(st.just(c.Fact("age"))), st.just(c.IsYes("fit"))))
def test_a_fact_never_has_an_outcome_and_its_denial(criterion: c.TruthNode) -> None:
    for outcome, denial in (
        (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE),
        (WantedOutcome.FALSE, WantedOutcome.NOT_FALSE),
    ):
        assert not ProofSearch(AnyDomains()).possible(conditions(criterion, outcome), conditions(criterion, denial))


@law(criteria=criteria_on_one_list(), cohort=st.lists(patients(), min_size=1, max_size=3))
def test_no_patient_meets_impossible_criteria(criteria: list[c.TruthNode], cohort: list[Patient]) -> None:
    whole = c.All(tuple(criteria))
    possible = ProofSearch(AnyDomains()).can_be(whole, WantedOutcome.TRUE)
    event("possible" if possible else "impossible")
    assert possible or 1 not in evaluate(Program([whole]), cohort_of(cohort))


@cache
def real(row: int) -> tuple[c.TruthNode, Program]:
    """A packaged criterion, and a program that evaluates it alone."""
    node = with_separate_questions(every_criterion()[row])
    return node, Program([node])


@cache
def unbounded_search() -> ProofSearch:
    """A single search for all examples, to share the cached results about literals."""
    return ProofSearch(DeclaredDomains(), comparisons=10**12)


@law(
    summary=readable(),
    asked=st.deferred(lambda: st.lists(st.sampled_from(range(len(every_criterion()))), min_size=1, max_size=4)),
)
def test_truths_of_a_summary_are_never_impossible(summary: Summary, asked: list[int]) -> None:
    cohort = summaries_as_columns([load_patient(spell(summary))])
    shown = []
    for node, program in map(real, asked):
        truth = int(evaluate(program, cohort)[0, 0])
        shown += [conditions(node, outcome) for outcome in SHOWN[truth]]
    assert unbounded_search().possible(*shown)
