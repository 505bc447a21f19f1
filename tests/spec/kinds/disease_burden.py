"""Specification of `disease_burden`: extent of the disease, microscopic or macroscopic."""

from schemas.criteria.specification import Facts, Spec, SpecExample

SMALL = {"site": "lung", "longest_diameter": "6 mm"}
LARGE = {"site": "bone", "longest_diameter": "25 mm"}


def only(*lesions: Facts) -> Facts:
    """These lesions and no other."""
    return {"disease": {"lesions": list(lesions), "lesions_complete": True}}


SPEC = Spec(
    "disease_burden",
    [
        SpecExample(
            "disease_burden: {any_of: [metastatic]}",
            "reported, or a lesion at a distant site",
            met=[{"disease": {"metastatic": True}}, {"disease": {"lesions": [SMALL]}}],
            not_met=[{"disease": {"metastatic": False}}, only({"site": "thyroid_bed"})],
            unknown=[{}, {"disease": {"lesions": [{"site": "thyroid_bed"}]}}],
        ),
        SpecExample(
            "disease_burden: {any_of: [metastatic, unresectable]}",
            "any of the extents is enough",
            met=[{"disease": {"metastatic": False, "unresectable": True}}],
            not_met=[{"disease": {"metastatic": False, "unresectable": False}}],
            unknown=[{"disease": {"metastatic": False}}],
        ),
        SpecExample(
            "disease_burden: {burden: [microscopic]}",
            "every lesion below 10 mm (a proxy: no trial defines the term)",
            met=[only(SMALL, SMALL), only({"site": "lung", "longest_diameter": "<1 cm"})],
            not_met=[only(SMALL, LARGE)],
            unknown=[{}, {"disease": {"lesions": [SMALL]}}, only({"site": "lung"})],
        ),
        SpecExample(
            "disease_burden: {burden: [macroscopic]}",
            "reported, R2 margins, or a lesion of 10 mm",
            met=[only(LARGE), {"disease": {"stated_burden": "macroscopic"}}, {"diagnosis": {"margins": "R2"}}],
            not_met=[
                {
                    "diagnosis": {"margins": "R0"},
                    "disease": {
                        "stated_burden": "microscopic",
                        "lesions": [SMALL | {"short_axis": "4 mm"}],
                        "lesions_complete": True,
                    },
                }
            ],
            unknown=[{}, only(SMALL)],
        ),
        SpecExample(
            "disease_burden: {any_of: [metastatic], by_m_category: true}",
            "soon after diagnosis the M category is used if metastases are not reported",
            met=[{"diagnosis": {"tnm": {"m": "M1"}}}, {"disease": {"metastatic": True}}],
            not_met=[{"diagnosis": {"tnm": {"m": "M0"}}}, {"disease": {"metastatic": False}}],
            unknown=[{}, {"diagnosis": {"tnm": {"m": "MX"}}}],
        ),
    ],
)
