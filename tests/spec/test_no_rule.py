"""Specification of `no_rule`: a bullet that accepts either way."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "no_rule",
    [
        SpecExample("no_rule: Thyroglobulin antibodies, with or without", "decides and asks nothing", met=[{}]),
    ],
)


@rows(SPEC)
def test_no_rule(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
