"""Specification of `left_open`: a clause whose limit the source does not give."""

from schemas.criteria.specification import Spec, SpecExample

CLAUSE = "Is the last course as long ago as the protocol asks (not seen)?"

SPEC = Spec(
    "left_open",
    [
        SpecExample(
            f"left_open: {CLAUSE}",
            "a question for the site; its favourable answer is assumed",
            met=[{}],
        ),
        SpecExample(
            f"all: [{{prior_radioiodine: {{cumulative_activity: {{above: 600 mCi}}}}}}, {{left_open: {CLAUSE}}}]",
            "other criteria next to the clause still decide",
            met=[{"radioiodine": {"cumulative_activity": "700 mCi"}}],
            not_met=[{"radioiodine": {"cumulative_activity": "500 mCi"}}],
            unknown=[{}],
        ),
    ],
)
