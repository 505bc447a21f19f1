"""Specification of `at_least`: k of n."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "at_least",
    [
        SpecExample(
            "at_least: {count: 2, of: [{age: {min: 18 years}}, {sex: [female]}, {performance: {ecog: {max: 1}}}]}",
            "enough that hold, or too few that still can",
            met=[{"age": "30 years", "sex": "female"}],
            not_met=[{"age": "12 years", "sex": "male"}],
            unknown=[{"age": "30 years"}, {"age": "12 years", "sex": "female"}],
        ),
    ],
)
