"""Specification of `prior_therapy`: earlier drugs and drug classes."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def treated(*drugs: object, complete: bool = True) -> Facts:
    """Therapies by drug, or as records, in a complete list or not."""
    records = [drug if isinstance(drug, dict) else {"drug": drug} for drug in drugs]
    return {"therapies": records, **({"therapies_complete": True} if complete else {})}


SPEC = Spec(
    "prior_therapy",
    [
        SpecExample(
            "not: {prior_therapy: {any_of: [braf_inhibitor]}}",
            'an empty list not marked complete does not satisfy "no earlier BRAF inhibitor"',
            met=[treated(), treated("lenvatinib", "sorafenib")],
            not_met=[treated("lenvatinib", "dabrafenib"), treated("vemurafenib", complete=False)],
            unknown=[{}, treated(complete=False), treated("kinase_inhibitor"), treated("investigational_agent")],
        ),
        SpecExample(
            "prior_therapy: {any_of: [vegfr_tki], count: {min: 1, max: 2}}",
            "a number of therapies of the class",
            met=[treated("lenvatinib"), treated("lenvatinib", "sorafenib", "dabrafenib")],
            not_met=[treated("dabrafenib"), treated("lenvatinib", "sorafenib", "cabozantinib", complete=False)],
            unknown=[treated("lenvatinib", complete=False), treated("lenvatinib", "sorafenib", "kinase_inhibitor")],
        ),
        SpecExample(
            "prior_therapy: {any_of: [chemotherapy], count: {max: 1}, count_by: line}",
            "the drugs of one line are one regimen",
            met=[
                treated(),
                treated("doxorubicin"),
                treated({"drug": "carboplatin", "line": 2}, {"drug": "paclitaxel", "line": 2}),
                treated({"drug": "carboplatin", "line": 2}, {"drug": "lenvatinib", "line": 1}),
            ],
            not_met=[
                treated({"drug": "carboplatin", "line": 2}, {"drug": "paclitaxel", "line": 3}),
                treated({"drug": "carboplatin", "line": 2}, {"drug": "paclitaxel", "line": 3}, complete=False),
            ],
            unknown=[
                {},
                treated("carboplatin", "paclitaxel"),
                treated({"drug": "carboplatin", "line": 2}, "paclitaxel"),
                treated({"drug": "carboplatin", "line": 2}, {"drug": "paclitaxel", "line": 2}, complete=False),
            ],
        ),
        SpecExample(
            "prior_therapy: {any_of: [vegfr_tki], count: {min: 1}, count_by: line}",
            "at least one line is at least one drug of the class",
            met=[treated("lenvatinib", complete=False)],
            not_met=[treated("dabrafenib"), treated()],
            unknown=[{}, treated("kinase_inhibitor")],
        ),
        SpecExample(
            "prior_therapy: {any_of: [vegfr_tki], count: {above: 1}, count_by: line}",
            "two lines of the class",
            met=[treated({"drug": "lenvatinib", "line": 1}, {"drug": "lenvatinib", "line": 3}, complete=False)],
            not_met=[treated({"drug": "lenvatinib", "line": 1}), treated("lenvatinib"), treated()],
            unknown=[treated({"drug": "lenvatinib", "line": 1}, complete=False), treated("lenvatinib", "sorafenib")],
        ),
        SpecExample(
            "not: {prior_therapy: {any_of: [kinase_inhibitor], since_last_dose: {below: 2 weeks}}}",
            "a washout of two weeks; an ongoing drug was taken today",
            met=[treated({"drug": "lenvatinib", "stopped": {"ago": "14 days"}}), treated()],
            not_met=[
                treated({"drug": "lenvatinib", "stopped": {"ago": "10 days"}}),
                treated({"drug": "lenvatinib", "ongoing": True}),
            ],
            unknown=[treated({"drug": "lenvatinib"})],
        ),
        SpecExample(
            "prior_therapy: {any_of: [lenvatinib], stop_reason: [toxicity]}",
            "reason for stopping",
            met=[treated({"drug": "lenvatinib", "stop_reason": "toxicity"})],
            not_met=[treated({"drug": "lenvatinib", "stop_reason": "progression"})],
            unknown=[treated("lenvatinib")],
        ),
        SpecExample(
            "prior_therapy: {any_of: [vegfr_tki], progressed: true, line: {max: 1}}",
            "progression on first-line therapy",
            met=[treated({"drug": "lenvatinib", "progressed": True, "line": 1})],
            not_met=[treated({"drug": "lenvatinib", "progressed": True, "line": 2})],
            unknown=[treated({"drug": "lenvatinib", "line": 1})],
        ),
        SpecExample(
            "not: {prior_therapy: {any_of: [chemotherapy], not_setting: [radiosensitiser]}}",
            "an exception within the rule",
            met=[treated({"drug": "doxorubicin", "setting": "radiosensitiser"})],
            not_met=[treated({"drug": "doxorubicin", "setting": "systemic"})],
            unknown=[treated("doxorubicin")],
        ),
        SpecExample(
            "prior_therapy: {none_of: [lenvatinib], setting: [redifferentiation]}",
            "any drug except these, in this setting",
            met=[treated({"drug": "selumetinib", "setting": "redifferentiation"})],
            not_met=[treated({"drug": "lenvatinib", "setting": "redifferentiation"})],
            unknown=[treated("selumetinib")],
        ),
        SpecExample(
            "prior_therapy: {setting: [radiosensitiser], progressed_after: {max: 6 months}}",
            "a relapse soon after the therapy",
            met=[treated({"drug": "doxorubicin", "setting": "radiosensitiser", "progressed_after": "5 months"})],
            not_met=[treated({"drug": "doxorubicin", "setting": "radiosensitiser", "progressed_after": "7 months"})],
            unknown=[treated({"drug": "doxorubicin", "setting": "radiosensitiser"})],
        ),
    ],
)
