"""Specification of `all`: every one of these."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "all",
    [
        SpecExample(
            "all: [{age: {min: 18 years}}, {sex: [female]}]",
            "one that fails settles it, whatever is unknown",
            met=[{"age": "30 years", "sex": "female"}],
            not_met=[{"sex": "male"}],
            unknown=[{"age": "30 years"}],
        ),
    ],
)


@rows(SPEC)
def test_all(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
