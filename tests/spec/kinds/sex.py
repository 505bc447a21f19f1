"""Specification of `sex`: where a trial takes one only."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "sex",
    [
        SpecExample(
            "sex: [female]",
            "a bare list is what is accepted",
            met=[{"sex": "female"}, {"sex": "woman"}],
            not_met=[{"sex": "male"}],
            unknown=[{}],
        ),
    ],
)
