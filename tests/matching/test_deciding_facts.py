"""The facts that could decide a criterion alone, and a smallest set that decides it together."""

from typing import Any

import pytest

from matching import nodes as c
from matching.deciding_facts import ALREADY_DECIDED, UNREACHABLE, facts_deciding
from matching.interval import Interval
from matching.truth import Truth
from schemas.summary.engines import explainer_for
from schemas.summary.facts import load_patient

A, B, C = c.IsYes("disease.metastatic"), c.IsYes("disease.recurrent"), c.IsYes("disease.unresectable")
PATH = {A: "disease.metastatic", B: "disease.recurrent", C: "disease.unresectable"}
NO_FACT: dict[str, Any] = {}


def deciding(node: c.TruthNode, target: Truth, facts: dict[str, Any]) -> tuple[set[str], set[str] | None]:
    patient = load_patient({"patient_ref": "P-1", **facts})
    found = facts_deciding(explainer_for(patient), node, target)
    together = None if found.together is None else {missing.fact for missing in found.together}
    return {missing.fact for missing in found.alone}, together


def at_most(number: c.NumberNode, high: float) -> c.Within:
    return c.Within(number, Interval(-1, high), Interval(-1, high))


def at_least(number: c.NumberNode, low: float) -> c.Within:
    return c.Within(number, Interval(low, float("inf")), Interval(low, float("inf")))


@pytest.mark.parametrize(
    ("node", "target", "alone", "together"),
    [
        (A, Truth.TRUE, [A], 1),
        (c.Not(A), Truth.FALSE, [A], 1),
        (c.Named("family/name", A), Truth.TRUE, [A], 1),
        (c.All((A, B)), Truth.TRUE, [], 2),
        (c.All((A, B)), Truth.FALSE, [A, B], 1),
        (c.Any((A, B)), Truth.TRUE, [A, B], 1),
        (c.Any((A, B)), Truth.FALSE, [], 2),
        (c.AtLeast(2, (A, B, C)), Truth.TRUE, [], 2),
        (c.AtLeast(2, (A, B, C)), Truth.FALSE, [], 2),
        (c.AtLeast(3, (A, B, C)), Truth.FALSE, [A, B, C], 1),
        (c.Consensus((A, B)), Truth.TRUE, [], 2),
        (c.Agreed((A, B)), Truth.TRUE, [A, B], 1),
        (c.Preferred(A, B), Truth.FALSE, [A, B], 1),
    ],
)
def test_combinations(node: c.TruthNode, target: Truth, alone: list[c.TruthNode], together: int) -> None:
    found, needed = deciding(node, target, NO_FACT)
    assert found == {PATH[node] for node in alone}
    assert needed is not None
    assert len(needed) == together


@pytest.mark.parametrize(
    ("node", "target"),
    [
        (c.All((A, c.Any(()))), Truth.FALSE),
        (c.Not(c.All((A, c.Any(())))), Truth.TRUE),
    ],
)
def test_a_decided_criterion_needs_no_fact(node: c.TruthNode, target: Truth) -> None:
    explainer = explainer_for(load_patient({"patient_ref": "P-1"}))
    assert facts_deciding(explainer, node, target) == ALREADY_DECIDED
    assert facts_deciding(explainer, node, Truth(-target)) == UNREACHABLE


@pytest.mark.parametrize(
    ("node", "target"),
    [
        (c.AtLeast(2, (A, c.Preferred(c.Agreed((B, c.Not(B))), c.Consensus((c.All(()), c.Any(())))))), Truth.TRUE),
        (c.Consensus((c.All(()), c.Any(()))), Truth.TRUE),
        (c.All((A, c.Consensus((c.All(()), c.Any(()))))), Truth.TRUE),
        (c.Agreed((c.All(()), c.Any(()))), Truth.TRUE),
    ],
)
def test_no_fact_resolves_a_contradiction(node: c.TruthNode, target: Truth) -> None:
    facts = {"disease": {"recurrent": True}}
    assert deciding(node, target, facts) == (set(), None)


LESIONS = c.Records("disease.lesions")
DIAMETER = "disease.lesions.longest_diameter"
UNMEASURED = {"disease": {"lesions": [{"site": "lung"}, {"site": "bone"}], "lesions_complete": True}}
LUNG = c.Records("disease.lesions", c.Among("disease.lesions.site", frozenset({"lung"})))
SIZES = {"disease.lesions[0].longest_diameter", "disease.lesions[1].longest_diameter"}


@pytest.mark.parametrize(
    ("node", "target", "facts", "alone", "together"),
    [
        (at_least(c.Fact("age"), 18), Truth.TRUE, NO_FACT, {"age"}, {"age"}),
        (at_most(c.Total(LESIONS, DIAMETER), 50), Truth.TRUE, UNMEASURED, set(), SIZES),
        (
            at_least(c.Largest(LUNG, DIAMETER), 10),
            Truth.TRUE,
            UNMEASURED,
            {"disease.lesions[0].longest_diameter"},
            {"disease.lesions[0].longest_diameter"},
        ),
        (
            at_least(c.Count(LESIONS), 2),
            Truth.TRUE,
            {"disease": {"lesions": [{"site": "lung"}]}},
            {"disease.lesions_complete"},
            None,
        ),
        (
            at_least(c.Narrowed((c.Fact("disease.largest_diameter"), c.Largest(LESIONS, DIAMETER))), 10),
            Truth.TRUE,
            UNMEASURED,
            {"disease.largest_diameter", *SIZES},
            {"disease.largest_diameter"},
        ),
    ],
)
def test_numbers(
    node: c.TruthNode, target: Truth, facts: dict[str, Any], alone: set[str], together: set[str] | None
) -> None:
    found, needed = deciding(node, target, facts)
    assert found == alone
    assert together is None or needed == together


def test_a_number_that_no_fact_can_decide() -> None:
    node = c.Within(c.Count(LESIONS), Interval(3, 3), Interval(2, 3))
    facts = {"disease": {"lesions": [{"site": "lung"}, {"site": "bone"}], "lesions_complete": True}}
    assert deciding(node, Truth.TRUE, facts) == (set(), None)


LARGE = at_least(c.Fact(DIAMETER), 10)


@pytest.mark.parametrize(
    ("complete", "target", "alone"),
    [
        (True, Truth.TRUE, SIZES),
        (True, Truth.FALSE, set()),
        (None, Truth.TRUE, SIZES | {"disease.lesions_complete"}),
        (None, Truth.FALSE, set()),
    ],
)
def test_lists(complete: bool | None, target: Truth, alone: set[str]) -> None:
    facts = {"disease": {**UNMEASURED["disease"], "lesions_complete": complete}}
    found, needed = deciding(c.Exists(c.Records("disease.lesions", LARGE)), target, facts)
    assert found == alone
    assert needed


def test_another_fact_decides_only_where_its_value_is_still_possible() -> None:
    stopped_before = at_least(c.Fact("therapies.stopped"), 56)
    facts = {"therapies": [{"drug": "lenvatinib", "stopped": {"ago": ">4 weeks"}}], "therapies_complete": True}
    found, _ = deciding(c.Exists(c.Records("therapies", stopped_before)), Truth.TRUE, facts)
    assert found == {"therapies[0].stopped"}


def test_a_value_that_follows_from_several_facts_together_is_asked_for_itself() -> None:
    low = at_most(c.Fact("labs.times_upper_limit"), 2.5)
    found, _ = deciding(c.Exists(c.Records("labs", low)), Truth.TRUE, {"labs": [{"analyte": "alt"}]})
    assert found == {"labs", "labs[0].times_upper_limit"}
