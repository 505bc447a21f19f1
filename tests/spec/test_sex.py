"""Specification of `sex`: where a trial takes one only."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "sex",
    [
        SpecExample(
            "sex: [female]",
            "a bare list is what is accepted",
            met=[{"sex": "female"}, {"sex": "woman"}],
            not_met=[{"sex": "male"}],
            unknown=[{}],
        ),
    ],
)


@rows(SPEC)
def test_sex(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
