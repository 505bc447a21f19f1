"""Specification of `all`: every criterion is met."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "all",
    [
        SpecExample(
            "all: [{age: {min: 18 years}}, {sex: [female]}]",
            "one criterion that is not met decides, even if others are unknown",
            met=[{"age": "30 years", "sex": "female"}],
            not_met=[{"sex": "male"}],
            unknown=[{"age": "30 years"}],
        ),
    ],
)
