"""Specification of `not`: the criterion is not met."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "not",
    [
        SpecExample(
            "not: {not: {sex: [female]}}",
            "unknown stays unknown",
            met=[{"sex": "female"}],
            not_met=[{"sex": "male"}],
            unknown=[{}],
        ),
    ],
)
