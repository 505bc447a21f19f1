"""Specification of `meets`: a named definition."""

from schemas.criteria.specification import Spec, SpecExample

GIVEN_AVID = {"radioiodine": {"received": True, "courses": [{"uptake": "avid", "progressed_after": "5 months"}]}}

SPEC = Spec(
    "meets",
    [
        SpecExample(
            "meets: rai-refractory/ata-2025",
            "progression less than 6 months after avid radioiodine",
            met=[GIVEN_AVID],
            not_met=[{"radioiodine": {"received": False}}],
            unknown=[{}, {"radioiodine": {"received": True}}],
        ),
        SpecExample(
            "meets: rai-refractory/undefined",
            "a term left open: the reported judgement, or else the consensus of all definitions",
            met=[{"radioiodine": {"refractory_judgement": {"value": True, "by": "tumour_board"}}}],
            not_met=[{"radioiodine": {"refractory_judgement": {"value": False}}}],
            unknown=[{}, GIVEN_AVID],
        ),
    ],
)
