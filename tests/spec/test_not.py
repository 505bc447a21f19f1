"""Specification of `not`: the criterion does not hold."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "not",
    [
        SpecExample(
            "not: {not: {sex: [female]}}",
            "unknown stays unknown",
            met=[{"sex": "female"}],
            not_met=[{"sex": "male"}],
            unknown=[{}],
        ),
    ],
)


@rows(SPEC)
def test_not(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
