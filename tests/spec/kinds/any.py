"""Specification of `any`: at least one of these."""

from schemas.criteria.specification import Spec, SpecExample

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
