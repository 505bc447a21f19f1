"""The law of the linter's proofs: what some patient shows is never called impossible."""

from dataclasses import fields, replace
from math import inf
from typing import Any

from hypothesis import strategies as st

from matching import criteria as c
from matching.conditions import Outcome, conditions
from matching.evaluate import Program, evaluate
from matching.interval import CONTINUOUS_STEP, COUNTING_STEP, EVERYTHING, Interval
from matching.satisfiable import Numbers, Search
from tests.generative.laws import law
from tests.generative.strategies import GROUPS, LEAVES, amongs, cohort_of, patients, truth_nodes, withins
from tests.reference import Patient

SHOWN = {
    1: (Outcome.TRUE, Outcome.NOT_FALSE),
    0: (Outcome.NOT_TRUE, Outcome.NOT_FALSE),
    -1: (Outcome.FALSE, Outcome.NOT_TRUE),
}


class AnyDomains:
    """What the generated patients can state."""

    def numbers(self, number: c.NumberNode) -> Numbers:
        match number:
            case c.Count():
                return Numbers(Interval(0.0, inf), COUNTING_STEP)
            case c.Total():
                return Numbers(Interval(0.0, inf), CONTINUOUS_STEP)
            case _:
                return Numbers(EVERYTHING, CONTINUOUS_STEP)

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
    assert Search(AnyDomains()).possible(*shown)


@law(criteria=st.lists(truth_nodes(), min_size=1, max_size=4), patient=patients())
def test_what_a_patient_shows_is_never_called_impossible(criteria: list[c.TruthNode], patient: Patient) -> None:
    assert_possible(criteria, patient)


@law(criterion=st.one_of(amongs(None, True), withins(st.just(c.Fact("age"))), st.just(c.Holds("fit"))))
def test_a_fact_is_never_said_and_denied_at_once(criterion: c.TruthNode) -> None:
    for outcome, denial in ((Outcome.TRUE, Outcome.NOT_TRUE), (Outcome.FALSE, Outcome.NOT_FALSE)):
        assert not Search(AnyDomains()).possible(conditions(criterion, outcome), conditions(criterion, denial))
