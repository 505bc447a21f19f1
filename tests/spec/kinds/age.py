"""Specification of `age`: age in completed years."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "age",
    [
        SpecExample(
            "age: {min: 18 years}",
            "the bound is included",
            met=[{"age": "18 years"}, {"age": ">=40 years"}, {"age": "90+ years"}],
            not_met=[{"age": "17 years"}, {"age": "11 months"}],
            unknown=[{}, {"age": "16-20 years"}],
        ),
        SpecExample(
            "age: {min: 12 years, below: 18 years}",
            "`below` excludes the bound",
            met=[{"age": "12 years"}, {"age": "17 years"}],
            not_met=[{"age": "18 years"}, {"age": "11 years"}],
            unknown=[{"age": "17-18 years"}],
        ),
    ],
)
