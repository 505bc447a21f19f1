"""Specification of `confirm`: questions for the site."""

from schemas.criteria.specification import Spec, SpecExample

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
