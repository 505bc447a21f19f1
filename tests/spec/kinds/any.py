"""Specification of `any`: at least one criterion is met."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "any",
    [
        SpecExample(
            "any: [{age: {min: 18 years}}, {sex: [female]}]",
            "one criterion that is met decides, even if others are unknown",
            met=[{"sex": "female"}],
            not_met=[{"age": "12 years", "sex": "male"}],
            unknown=[{"age": "12 years"}],
        ),
    ],
)
