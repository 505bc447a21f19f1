"""Specification of `condition`: comorbidity."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def has(*conditions: object, complete: bool = True) -> Facts:
    records = [entry if isinstance(entry, dict) else {"condition": entry} for entry in conditions]
    return {"conditions": records, **({"conditions_complete": True} if complete else {})}


SPEC = Spec(
    "condition",
    [
        SpecExample(
            "not: {condition: {any_of: [brain_metastases]}}",
            "absence must be reported: by a complete list, or for the condition itself",
            met=[has(), has({"condition": "brain_metastases", "present": False}, complete=False)],
            not_met=[has("brain_metastases", complete=False)],
            unknown=[{}, has("pneumonitis", complete=False)],
        ),
        SpecExample(
            "condition: {any_of: [brain_metastases], unless: {treated_ago: {min: 4 weeks}, stable: true, "
            "on_steroids: false}}",
            "`unless` applies to the same condition",
            met=[has({"condition": "brain_metastases", "stable": False})],
            not_met=[
                has(
                    {
                        "condition": "brain_metastases",
                        "treated_ago": {"ago": "2 months"},
                        "stable": True,
                        "on_steroids": False,
                    }
                ),
                has(),
            ],
            unknown=[has("brain_metastases")],
        ),
        SpecExample(
            "condition: {any_of: [heart_failure], grade: {min: 3}}",
            "the grade is CTCAE for toxicity, NYHA for heart failure",
            met=[has({"condition": "heart_failure", "grade": 3})],
            not_met=[has({"condition": "heart_failure", "grade": 2}), has()],
            unknown=[has("heart_failure")],
        ),
        SpecExample(
            "condition: {any_of: [second_malignancy], none_of: [skin_basal_cell, cervical_cis]}",
            "any of a group except these",
            met=[has("other_invasive_malignancy"), has("skin_basal_cell", "breast_in_situ")],
            not_met=[has("skin_basal_cell"), has()],
            unknown=[has("second_malignancy"), has("skin_nonmelanoma")],
        ),
        SpecExample(
            "condition: {any_of: [heart_failure, dialysis]}",
            "a wider condition that is present does not reopen one that is reported as absent",
            met=[has("heart_failure", {"condition": "dialysis", "present": False})],
            not_met=[
                has("cardiac_disease", {"condition": "heart_failure", "present": False}),
                has("kidney_disease", {"condition": "dialysis", "present": False}),
                has(
                    "cardiac_disease",
                    {"condition": "heart_failure", "present": False},
                    {"condition": "dialysis", "present": False},
                    complete=False,
                ),
            ],
            unknown=[
                has("cardiac_disease"),
                has("cardiac_disease", {"condition": "dialysis", "present": False}),
                has({"condition": "heart_failure", "present": False}, complete=False),
            ],
        ),
        SpecExample(
            "condition: {any_of: [unstable_angina]}",
            "a closed group that is present means its last member that is not reported as absent",
            met=[has("angina", {"condition": "stable_angina", "present": False})],
            not_met=[has("stable_angina"), has("angina", {"condition": "unstable_angina", "present": False})],
            unknown=[has("angina"), has({"condition": "stable_angina", "present": False}, complete=False)],
        ),
        SpecExample(
            "not: {condition: {any_of: [unstable_angina]}}",
            "a group reported as absent rules out its members",
            met=[has({"condition": "cardiac_disease", "present": False}, complete=False)],
            not_met=[has("unstable_angina", complete=False)],
            unknown=[has({"condition": "stable_angina", "present": False}, complete=False)],
        ),
        SpecExample(
            "not: {condition: {any_of: [cardiac_disease]}}",
            "an absent member does not rule out an open group",
            met=[has({"condition": "cardiac_disease", "present": False}, complete=False)],
            not_met=[has("angina", complete=False)],
            unknown=[has({"condition": "angina", "present": False}, complete=False)],
        ),
        SpecExample(
            "not: {condition: {any_of: [pregnancy_or_breastfeeding]}}",
            "all members absent rule out a closed group",
            met=[
                has(
                    {"condition": "pregnancy", "present": False},
                    {"condition": "breastfeeding", "present": False},
                    complete=False,
                )
            ],
            unknown=[has({"condition": "pregnancy", "present": False}, complete=False)],
        ),
    ],
)
