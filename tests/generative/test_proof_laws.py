"""The law of the linter's proofs: what some patient shows is never called impossible."""

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
from tests.generative.laws import law
from tests.generative.mending import readable
from tests.generative.readers import every_criterion
from tests.generative.spelling import spell
from tests.generative.strategies import GROUPS, LEAVES, amongs, cohort_of, patients, truth_nodes, withins
from tests.generative.summaries import Summary
from tests.reference import Patient

SHOWN = {
    1: (WantedOutcome.TRUE, WantedOutcome.NOT_FALSE),
    0: (WantedOutcome.NOT_TRUE, WantedOutcome.NOT_FALSE),
    -1: (WantedOutcome.FALSE, WantedOutcome.NOT_TRUE),
}


class AnyDomains:
    """What the generated patients can state."""

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


def asked_apart(node: Any) -> Any:
    """The evaluator answers a question favourably or not at each place; a patient answers it one way."""
    if isinstance(node, tuple):
        return tuple(asked_apart(one) for one in node)
    if isinstance(node, c.Confirm):
        return c.Confirm(f"{node.question} {node.favourable}", node.favourable)
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, Interval):
        return node
    return replace(node, **{field.name: asked_apart(getattr(node, field.name)) for field in fields(node)})


def assert_possible(criteria: list[c.TruthNode], patient: Patient) -> None:
    """The search allows a patient for whom each criterion comes out as it does for this one."""
    asked = [asked_apart(node) for node in criteria]
    found = evaluate(Program(asked), cohort_of([patient]))[:, 0]
    shown = [conditions(node, one) for node, truth in zip(asked, found, strict=True) for one in SHOWN[int(truth)]]
    assert ProofSearch(AnyDomains()).possible(*shown)


@st.composite
def readings_of_one_list(draw: st.DrawFn) -> list[c.TruthNode]:
    """Criteria that all turn on the same records: how many, how large, and whether some are of a size or colour."""
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
    one = st.one_of(withins(st.sampled_from([*numbers, c.Fact("age")])), narrower, st.just(c.Exists(found)))
    return draw(st.lists(one, min_size=2, max_size=5))


@law(criteria=readings_of_one_list(), patient=patients())
def test_what_the_records_of_a_patient_show_is_never_called_impossible(
    criteria: list[c.TruthNode], patient: Patient
) -> None:
    assert_possible(criteria, patient)


@law(criteria=st.lists(truth_nodes(), min_size=1, max_size=4), patient=patients())
def test_what_a_patient_shows_is_never_called_impossible(criteria: list[c.TruthNode], patient: Patient) -> None:
    assert_possible(criteria, patient)


@law(criterion=st.one_of(amongs(None, True), withins(st.just(c.Fact("age"))), st.just(c.IsYes("fit"))))
def test_a_fact_is_never_said_and_denied_at_once(criterion: c.TruthNode) -> None:
    for outcome, denial in (
        (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE),
        (WantedOutcome.FALSE, WantedOutcome.NOT_FALSE),
    ):
        assert not ProofSearch(AnyDomains()).possible(conditions(criterion, outcome), conditions(criterion, denial))


@law(criteria=readings_of_one_list(), cohort=st.lists(patients(), min_size=1, max_size=3))
def test_nobody_meets_what_is_called_impossible(criteria: list[c.TruthNode], cohort: list[Patient]) -> None:
    whole = c.All(tuple(criteria))
    possible = ProofSearch(AnyDomains()).can_be(whole, WantedOutcome.TRUE)
    event("possible" if possible else "impossible")
    assert possible or 1 not in evaluate(Program([whole]), cohort_of(cohort))


@cache
def real(place: int) -> tuple[c.TruthNode, Program]:
    """A packaged criterion, and the program that evaluates it alone."""
    node = asked_apart(every_criterion()[place])
    return node, Program([node])


@cache
def endless() -> ProofSearch:
    """One search for all examples: what it found out of literals holds for the next as well."""
    return ProofSearch(DeclaredDomains(), comparisons=10**12)


@law(
    summary=readable(),
    asked=st.deferred(lambda: st.lists(st.sampled_from(range(len(every_criterion()))), min_size=1, max_size=4)),
)
def test_what_a_summary_shows_of_real_criteria_is_never_called_impossible(summary: Summary, asked: list[int]) -> None:
    cohort = summaries_as_columns([load_patient(spell(summary))])
    shown = []
    for node, program in map(real, asked):
        truth = int(evaluate(program, cohort)[0, 0])
        shown += [conditions(node, one) for one in SHOWN[truth]]
    assert endless().possible(*shown)
