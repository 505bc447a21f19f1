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
        SpecExample(
            "age: {max: 70 years}",
            "up to the 71st birthday, in any unit",
            met=[{"age": "70 years"}, {"age": "70.5 years"}, {"age": "846 months"}, {"age": "3700 weeks"}],
            not_met=[{"age": "71 years"}, {"age": "852 months"}, {"age": "90+ years"}],
            unknown=[{"age": "70-71 years"}, {}],
        ),
        SpecExample(
            "age: {above: 70 years}",
            "above 70 starts with the 71st birthday",
            met=[{"age": "71 years"}, {"age": "852 months"}],
            not_met=[{"age": "70 years"}, {"age": "70.5 years"}],
            unknown=[{"age": "70+ years"}],
        ),
        SpecExample(
            "age: {max: 18 months}",
            "a bound that is not a whole number of years is exact",
            met=[{"age": "18 months"}, {"age": "1 year"}],
            not_met=[{"age": "19 months"}, {"age": "2 years"}],
            unknown=[{"age": "1-2 years"}],
        ),
    ],
)
