"""Specification of `sex`: for trials that accept only one sex."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "sex",
    [
        SpecExample(
            "sex: [female]",
            "a list alone means the accepted sexes",
            met=[{"sex": "female"}, {"sex": "woman"}],
            not_met=[{"sex": "male"}],
            unknown=[{}],
        ),
    ],
)
