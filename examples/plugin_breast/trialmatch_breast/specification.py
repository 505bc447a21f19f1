"""Specification of `receptor`, printed in the criteria manual."""

from schemas.criteria.specification import Spec, SpecExample

RECEPTOR = Spec(
    "receptor",
    [
        SpecExample(
            "receptor: {hormone: positive}",
            "one receptor in 1 % of the cells is enough",
            met=[{"receptors": {"estrogen": "1 %"}}, {"receptors": {"estrogen": "0 %", "progesterone": "20-30 %"}}],
            not_met=[{"receptors": {"estrogen": "<1 %", "progesterone": "0 %"}}],
            unknown=[{}, {"receptors": {"estrogen": "0 %"}}],
        ),
        SpecExample(
            "receptor: {her2: low}",
            "a score of 2+ is low only where HER2 is not amplified",
            met=[
                {"receptors": {"her2_ihc": "1+"}},
                {"receptors": {"her2_ihc": "2+", "her2_amplified": False}},
                {"receptors": {"her2": "HER2-low"}},
            ],
            not_met=[{"receptors": {"her2_ihc": "0"}}, {"receptors": {"her2_ihc": "2+", "her2_amplified": True}}],
            unknown=[{}, {"receptors": {"her2_ihc": "2+"}}, {"receptors": {"her2": "HER2-negative"}}],
        ),
        SpecExample(
            "receptor: {hormone: negative, her2: negative}",
            "triple-negative: low and zero are both negative",
            met=[
                {"receptors": {"estrogen": "0 %", "progesterone": "0 %", "her2": "low"}},
                {"receptors": {"estrogen": "0 %", "progesterone": "0 %", "her2_ihc": "0"}},
            ],
            not_met=[{"receptors": {"her2_ihc": "3+"}}, {"receptors": {"estrogen": "90 %"}}],
            unknown=[{"receptors": {"estrogen": "0 %", "progesterone": "0 %"}}],
        ),
    ],
)
