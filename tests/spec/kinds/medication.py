"""Specification of `medication`: concomitant drugs."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "medication",
    [
        SpecExample(
            "not: {medication: {any_of: [strong_cyp3a4_inhibitor], since_last_taken: {max: 14 days}}}",
            "taken now or recently",
            met=[
                {"medications": [], "medications_complete": True},
                {
                    "medications": [{"medication": "strong_cyp3a4_inhibitor", "stopped": {"ago": "3 weeks"}}],
                    "medications_complete": True,
                },
            ],
            not_met=[{"medications": [{"medication": "strong_cyp3a4_inhibitor", "ongoing": True}]}],
            unknown=[{}, {"medications": [{"medication": "strong_cyp3a4_inhibitor"}]}],
        ),
        SpecExample(
            "medication: {any_of: [levothyroxine]}",
            "taken at all",
            met=[{"medications": [{"medication": "levothyroxine"}]}],
            not_met=[{"medications_complete": True}],
            unknown=[{}],
        ),
    ],
)
