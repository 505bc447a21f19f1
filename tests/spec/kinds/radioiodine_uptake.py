"""Specification of `radioiodine_uptake`: uptake on a scan."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def scan(**facts: object) -> Facts:
    """A patient with one scan and without any radioiodine course."""
    return {"radioiodine": {"received": False, "scans": [facts], "scans_complete": True}}


SPEC = Spec(
    "radioiodine_uptake",
    [
        SpecExample(
            "radioiodine_uptake: {uptake: [non_avid]}",
            "any scan, including the scan after a course",
            met=[
                scan(kind="diagnostic", uptake="non_avid"),
                {"radioiodine": {"courses": [{"uptake": "non_avid"}]}},
                {"radioiodine": {"last_scan": {"uptake": "no uptake"}}},
            ],
            not_met=[scan(kind="diagnostic", uptake="avid")],
            unknown=[{}, scan(kind="diagnostic"), {"radioiodine": {"scans": [{"uptake": "avid"}]}}],
        ),
        SpecExample(
            "radioiodine_uptake: {uptake: [non_avid], scan: [diagnostic], done: {below: 1 year}}",
            "kind and age of the scan",
            met=[scan(kind="diagnostic", uptake="non_avid", done={"ago": "11 months"})],
            not_met=[
                scan(kind="diagnostic", uptake="non_avid", done={"ago": "1 year"}),
                {
                    "radioiodine": {
                        "received": True,
                        "scans": [{"kind": "post_therapy", "uptake": "non_avid", "done": {"ago": "2 months"}}],
                        "scans_complete": True,
                    }
                },
            ],
            unknown=[scan(kind="diagnostic", uptake="non_avid"), scan(uptake="non_avid", done={"ago": "2 months"})],
        ),
        SpecExample(
            "radioiodine_uptake: {uptake: [non_avid], tsh: {min: 30 mIU/L}, low_iodine_diet: true}",
            "a scan counts only with this preparation",
            met=[scan(uptake="non_avid", tsh="45 mIU/L", low_iodine_diet=True)],
            not_met=[scan(uptake="non_avid", tsh="12 mIU/L", low_iodine_diet=True)],
            unknown=[scan(uptake="non_avid", tsh="45 mIU/L")],
        ),
        SpecExample(
            "radioiodine_uptake: {uptake: [avid], scan: [post_therapy], done: {max: 2 years}}",
            "the scan after a course is as old as the course",
            met=[{"radioiodine": {"courses": [{"uptake": "avid", "given": {"ago": "1 year"}}]}}],
            not_met=[
                {
                    "radioiodine": {
                        "courses": [{"uptake": "avid", "given": {"ago": "3 years"}}],
                        "courses_complete": True,
                        "scans_complete": True,
                    }
                }
            ],
            unknown=[{"radioiodine": {"courses": [{"uptake": "avid"}]}}],
        ),
        SpecExample(
            "radioiodine_uptake: {uptake: [avid, mixed], last: true}",
            "the last scan, regardless of earlier scans",
            met=[{"radioiodine": {"last_scan": {"uptake": "avid"}, "courses": [{"uptake": "non_avid"}]}}],
            not_met=[{"radioiodine": {"last_scan": {"uptake": "non_avid"}, "courses": [{"uptake": "avid"}]}}],
            unknown=[{}, {"radioiodine": {"courses": [{"uptake": "avid"}]}}],
        ),
    ],
)
