"""Specification of `any`: at least one of these."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "any",
    [
        SpecExample(
            "any: [{age: {min: 18 years}}, {sex: [female]}]",
            "one that holds settles it, whatever is unknown",
            met=[{"sex": "female"}],
            not_met=[{"age": "12 years", "sex": "male"}],
            unknown=[{"age": "12 years"}],
        ),
    ],
)


@rows(SPEC)
def test_any(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
