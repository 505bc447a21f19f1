"""Specification of `confirm`: questions for the site."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "confirm",
    [
        SpecExample(
            "confirm: Willing to undergo biopsy?",
            "the answer that favours the patient is assumed, and the question is listed",
            met=[{}],
        ),
        SpecExample(
            "not: {confirm: Is there unresolved toxicity?}",
            "below `not` the favourable answer is no",
            met=[{}],
        ),
    ],
)
