"""Specification of `lesion`: some, every or no lesion; number and size."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def lesions(*found: dict[str, object], complete: bool | None = True) -> Facts:
    """These lesions, in a complete list or not."""
    return {"disease": {"lesions": list(found), **({"lesions_complete": True} if complete else {})}}


LUNG_7 = {"site": "lung", "longest_diameter": "7 mm"}
LUNG_12 = {"site": "lung", "longest_diameter": "12 mm"}
LUNG = {"site": "lung"}
NODE_14 = {"site": "lymph_node", "longest_diameter": "22 mm", "short_axis": "14 mm"}
NODE_15 = {"site": "lymph_node", "short_axis": "15 mm"}

SPEC = Spec(
    "lesion",
    [
        SpecExample(
            "lesion: {where: {longest_diameter: {min: 10 mm}}}",
            "some lesion is the default",
            met=[lesions(LUNG_7, LUNG_12), lesions(LUNG_12, complete=False), lesions({"longest_diameter": "1 cm"})],
            not_met=[lesions(LUNG_7), lesions({"longest_diameter": "<10 mm"}), lesions()],
            unknown=[{}, lesions(LUNG), lesions(LUNG_7, complete=False), lesions({"longest_diameter": "<=10 mm"})],
        ),
        SpecExample(
            "lesion: {quantifier: every, where: {uptake: [non_avid]}}",
            "every lesion needs a complete list",
            met=[lesions({"rai_uptake": "non_avid"}, {"rai_uptake": "non_avid"}), lesions()],
            not_met=[lesions({"rai_uptake": "non_avid"}, {"rai_uptake": "avid"}, complete=False)],
            unknown=[
                lesions({"rai_uptake": "non_avid"}, complete=False),
                lesions({"rai_uptake": "non_avid"}, LUNG),
                {},
            ],
        ),
        SpecExample(
            'lesion: {quantifier: "no", where: {longest_diameter: {above: 3 cm}}}',
            "an upper limit on every lesion includes the bound",
            met=[lesions({"longest_diameter": "3 cm"}), lesions()],
            not_met=[lesions(LUNG_7, {"longest_diameter": "31 mm"}, complete=False)],
            unknown=[lesions(LUNG_7, complete=False), lesions(LUNG)],
        ),
        SpecExample(
            "lesion: {where: {meets: lesion/recist-measurable}}",
            "lymph nodes are measured by short axis, other lesions by longest diameter",
            met=[lesions(LUNG_12), lesions(NODE_15), lesions({"measurable": True})],
            not_met=[lesions(LUNG_7), lesions(NODE_14), lesions({"site": "lung", "measurable": False})],
            unknown=[
                lesions({"longest_diameter": "12 mm"}),
                lesions({"site": "lymph_node", "longest_diameter": "22 mm"}),
            ],
        ),
        SpecExample(
            "lesion: {where: {meets: lesion/recist-measurable}}",
            "RECIST 1.1 measures by CT, MRI and calipers from 10 mm, by chest X-ray from 20 mm, and by nothing else",
            met=[
                lesions(LUNG_12 | {"imaging": "mri"}),
                lesions({"site": "lung", "longest_diameter": "20 mm", "imaging": "chest_xray"}),
                lesions(LUNG_12 | {"imaging": "pet_ct", "measurable": True}),
            ],
            not_met=[
                lesions({"site": "lung", "longest_diameter": "19 mm", "imaging": "chest_xray"}),
                lesions({"site": "liver", "longest_diameter": "30 mm", "imaging": "ultrasound"}),
                lesions(LUNG_12 | {"imaging": "radioiodine_scan"}),
            ],
            unknown=[lesions(LUNG_12 | {"imaging": "pet_ct"}), lesions(LUNG_12 | {"imaging": "conventional_ct"})],
        ),
        SpecExample(
            "lesion: {where: {meets: lesion/recist-measurable}}",
            "bone needs a soft tissue component, an effusion and leptomeningeal disease do not measure",
            met=[lesions({"site": "bone", "longest_diameter": "30 mm", "measurable": True})],
            not_met=[
                lesions({"site": "leptomeninges", "longest_diameter": "15 mm", "measurable": True}),
                lesions({"site": "bone", "longest_diameter": "9 mm"}),
            ],
            unknown=[
                lesions({"site": "bone", "longest_diameter": "30 mm"}),
                lesions({"site": "pleura", "longest_diameter": "30 mm"}),
            ],
        ),
        SpecExample(
            "lesion: {where: {meets: lesion/recist-measurable}}",
            "an irradiated lesion is measurable only if it progressed since, even where it is reported as measurable",
            met=[lesions(LUNG_12 | {"irradiated": True, "progressed_since_irradiation": True})],
            not_met=[
                lesions(LUNG_12 | {"irradiated": True, "progressed_since_irradiation": False}),
                lesions({"irradiated": True, "progressed_since_irradiation": False, "measurable": True}),
            ],
            unknown=[lesions(LUNG_12 | {"irradiated": True})],
        ),
        SpecExample(
            "lesion: {where: {longest_diameter: {min: 10 mm}, unless_reported: {imaging: [ultrasound]}}}",
            "a lesion of which the property is not reported counts",
            met=[lesions(LUNG_12), lesions(LUNG_12 | {"imaging": "mri"})],
            not_met=[lesions(LUNG_12 | {"imaging": "ultrasound"}), lesions(LUNG_7)],
            unknown=[lesions(LUNG)],
        ),
        SpecExample(
            "lesion: {where: {longest_diameter: {min: 10 mm}, any: [{irradiated: false}, "
            "{progressed_since_irradiation: true}]}}",
            "a lesion in an irradiated field counts only if it progressed",
            met=[
                lesions(LUNG_12 | {"irradiated": False}),
                lesions(LUNG_12 | {"irradiated": True, "progressed_since_irradiation": True}),
            ],
            not_met=[lesions(LUNG_12 | {"irradiated": True, "progressed_since_irradiation": False})],
            unknown=[lesions(LUNG_12 | {"irradiated": True}), lesions(LUNG_12)],
        ),
        SpecExample(
            "lesion: {where: {uptake: [avid], progressed: true}}",
            "the same lesion must be avid and have progressed",
            met=[lesions({"rai_uptake": "avid", "progressed": True})],
            not_met=[
                lesions({"rai_uptake": "avid", "progressed": False}, {"rai_uptake": "non_avid", "progressed": True})
            ],
            unknown=[lesions({"rai_uptake": "avid"})],
        ),
        SpecExample(
            "lesion: {where: {site: [lung], longest_diameter: {max: 10 mm}}, count: {above: 10}}",
            "the number of matching lesions",
            met=[lesions(*[LUNG_7] * 11, complete=False)],
            not_met=[lesions(*[LUNG_7] * 10), lesions(*[LUNG_12] * 11)],
            unknown=[lesions(*[LUNG_7] * 10, complete=False), lesions(*[LUNG_7] * 10, LUNG)],
        ),
        SpecExample(
            "lesion: {largest: {max: 4 cm}}",
            "a reported size of the largest lesion narrows that of the list",
            met=[
                lesions(LUNG_7, LUNG_12),
                lesions(LUNG_7, complete=False) | {"disease": {"largest_diameter": "4.0 cm", "lesions": [LUNG_7]}},
                lesions(),
            ],
            not_met=[lesions({"longest_diameter": "41 mm"}, complete=False)],
            unknown=[lesions(LUNG_7, complete=False), lesions(LUNG), {}],
        ),
        SpecExample(
            "lesion: {where: {site: [thyroid]}, total: {above: 1 cm, max: 2 cm}}",
            "the sum of diameters of the matching lesions",
            met=[
                lesions(
                    {"site": "thyroid", "longest_diameter": "8 mm"}, {"site": "thyroid", "longest_diameter": "7 mm"}
                )
            ],
            not_met=[lesions({"site": "thyroid", "longest_diameter": "8 mm"})],
            unknown=[lesions({"site": "thyroid", "longest_diameter": "8 mm"}, complete=False)],
        ),
        SpecExample(
            "lesion: {where: {not_site: [neck], fdg_suvmax: {min: 3}}}",
            "sites that do not count; a resected lesion is not current",
            met=[lesions({"site": "lung", "fdg_suvmax": 3})],
            not_met=[
                lesions({"site": "thyroid_bed", "fdg_suvmax": 9}),
                lesions({"site": "lung", "fdg_suvmax": 9, "status": "resected"}),
            ],
            unknown=[lesions({"fdg_suvmax": 9}), lesions({"site": "lung", "fdg_suvmax": 9, "status": "suspected"})],
        ),
        SpecExample(
            "lesion: {where: {progressed: true, progressed_after_rai: {max: 14 months}}}",
            "a time to progression implies progression; over 14 months leaves open whether it ever progressed",
            met=[lesions({"progressed_after_rai": "14 months"})],
            not_met=[
                lesions({"progressed_after_rai": "15 months"}),
                lesions({"progressed_after_rai": ">14 months"}),
                lesions({"progressed": False}),
            ],
            unknown=[lesions({}), lesions({"progressed": True})],
        ),
        SpecExample(
            "lesion: {where: {fdg_avid: true, not_site: [neck]}}",
            "FDG-avid outside the neck",
            met=[lesions({"site": "lung", "fdg_avid": True})],
            not_met=[lesions({"site": "lung", "fdg_avid": False}, {"site": "thyroid_bed", "fdg_avid": True})],
            unknown=[lesions(LUNG), lesions({"site": "lymph_node", "fdg_avid": True})],
        ),
        SpecExample(
            "lesion: {where: {node: true, any: [{invasive: true}, {bulky: true}]}}",
            "an invasive or bulky lymph node",
            met=[lesions({"site": "lymph_node_neck_lateral", "bulky": True})],
            not_met=[lesions({"site": "lymph_node", "invasive": False, "bulky": False}), lesions(LUNG)],
            unknown=[lesions({"site": "lymph_node"})],
        ),
        SpecExample(
            "lesion: {where: {node: true, not: {site: [lymph_node_mediastinal]}}}",
            "a property that the lesion must not have",
            met=[lesions({"site": "lymph_node_neck_lateral"})],
            not_met=[lesions({"site": "lymph_node_mediastinal"}), lesions(LUNG)],
            unknown=[lesions({"site": "lymph_node"})],
        ),
    ],
)
