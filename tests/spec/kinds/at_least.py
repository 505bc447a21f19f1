"""Specification of `at_least`: k of n criteria are met."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "at_least",
    [
        SpecExample(
            "at_least: {count: 2, of: [{age: {min: 18 years}}, {sex: [female]}, {performance: {ecog: {max: 1}}}]}",
            "decided once enough are met, or too few still can be",
            met=[{"age": "30 years", "sex": "female"}],
            not_met=[{"age": "12 years", "sex": "male"}],
            unknown=[{"age": "30 years"}, {"age": "12 years", "sex": "female"}],
        ),
    ],
)
