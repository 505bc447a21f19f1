"""Specification of `progression`: documented progression."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def progressed(**facts: object) -> Facts:
    return {"disease": {"progression": {"progressed": True, **facts}}}


SPEC = Spec(
    "progression",
    [
        SpecExample(
            "progression: {within: {max: 14 months}}",
            "documented within 12 months is within 14 months; within 24 months is unknown",
            met=[progressed(within="12 months"), progressed(within="14 months")],
            not_met=[{"disease": {"progression": {"progressed": False}}}],
            unknown=[{}, progressed(), progressed(within="24 months")],
        ),
        SpecExample(
            "progression: {within: {max: 14 months}}",
            "the time since it was last documented is more precise than a time within which it was",
            met=[
                progressed(documented={"ago": "14 months"}),
                progressed(documented={"ago": "9 months"}, within="2 years"),
            ],
            not_met=[progressed(documented={"ago": "15 months"}), progressed(documented={"ago": "15-20 months"})],
            unknown=[progressed(documented={"ago": "12-18 months"})],
        ),
        SpecExample(
            "progression: {}",
            "a time to progression implies progression",
            met=[
                {"disease": {"progression": {"within": "2 years"}}},
                {"disease": {"progression": {"documented": {"ago": "3 years"}}}},
            ],
            not_met=[{"disease": {"progression": {"progressed": False}}}],
            unknown=[{}, {"disease": {"progression": {"basis": "recist_1_1"}}}],
        ),
        SpecExample(
            "progression: {basis: [recist_1_1], since_last_therapy: true}",
            "basis, and on or after the last therapy",
            met=[progressed(basis="recist_1_1", since_last_therapy=True)],
            not_met=[progressed(basis="biochemical", since_last_therapy=True)],
            unknown=[progressed(basis="structural", since_last_therapy=True)],
        ),
    ],
)
