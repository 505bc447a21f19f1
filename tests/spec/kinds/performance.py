"""Specification of `performance`: ECOG or WHO, Karnofsky, Lansky, life expectancy."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "performance",
    [
        SpecExample(
            "performance: {ecog: {below: 2}}",
            "below 2 is 0 or 1: a score is a whole number",
            met=[{"performance": {"ecog": 1}}, {"performance": {"ecog": "0-1"}}, {"performance": {"ecog": "<2"}}],
            not_met=[{"performance": {"ecog": 2}}],
            unknown=[{}, {"performance": {"ecog": "1-2"}}, {"performance": {"karnofsky": "80"}}],
        ),
        SpecExample(
            "performance: {karnofsky: {min: 50}, lansky: {min: 50}}",
            "any of several scales is enough",
            met=[{"performance": {"lansky": "60"}}, {"performance": {"karnofsky": "50"}}],
            not_met=[{"performance": {"karnofsky": "40", "lansky": "40"}}],
            unknown=[{"performance": {"karnofsky": "40"}}],
        ),
    ],
)
