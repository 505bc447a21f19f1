"""Specification of `not_encoded`: a bullet that facts cannot express."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "not_encoded",
    [
        SpecExample(
            "not_encoded: Organ function limits stand in the protocol only", "never stands in the way", met=[{}]
        ),
    ],
)


@rows(SPEC)
def test_not_encoded(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
