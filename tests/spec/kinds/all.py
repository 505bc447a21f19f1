"""Specification of `all`: every one of these."""

from schemas.criteria.specification import Spec, SpecExample

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
