"""Specification of `confirm`: questions for the site."""

from matching.truth import Truth
from tests.spec.specification import Facts, Spec, SpecExample, answer, rows

SPEC = Spec(
    "confirm",
    [
        SpecExample(
            "confirm: Willing to undergo biopsy?",
            "takes the value that favours the patient, and is listed",
            met=[{}],
        ),
        SpecExample(
            "not: {confirm: Is there unresolved toxicity?}",
            "at its polarity: a bar is taken not to be there",
            met=[{}],
        ),
    ],
)


@rows(SPEC)
def test_confirm(criterion: str, facts: Facts, truth: Truth) -> None:
    assert answer(criterion, facts) == truth
