"""Specification of `lab`: laboratory limits."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def lab(analyte: str, value: str, **more: object) -> Facts:
    return {"labs": [{"analyte": analyte, "value": value, **more}]}


SPEC = Spec(
    "lab",
    [
        SpecExample(
            "lab: {analyte: absolute_neutrophil_count, min: 1.5 10^9/L}",
            "any unit of the analyte",
            met=[lab("ANC", "1500 /uL"), lab("ANC", "1.5 10^9/L")],
            not_met=[lab("ANC", "1.2 10^9/L")],
            unknown=[{}, lab("platelets", "200 10^9/L"), lab("ANC", ">1000 /mm3")],
        ),
        SpecExample(
            "lab: {analyte: ast, times_upper_limit: {max: 3}}",
            "a multiple of the upper limit of normal",
            met=[lab("ast", "100 U/L", upper_limit="40 U/L"), {"labs": [{"analyte": "ast", "times_upper_limit": 2}]}],
            not_met=[lab("ast", "150 U/L", upper_limit="40 U/L")],
            unknown=[lab("ast", "100 U/L")],
        ),
        SpecExample(
            "lab: {analyte: [alt, ast], times_upper_limit: {max: 2.5}}",
            "without the laboratory's limit, a value far beyond or below any usual limit still decides",
            met=[lab("alt", "20 U/L"), lab("alt", "900 U/L", upper_limit="400 U/L")],
            not_met=[lab("alt", "900 U/L"), lab("ast", "15 ukat/L")],
            unknown=[lab("alt", "100 U/L"), lab("ast", ">50 U/L"), lab("bilirubin", "9 mg/dL")],
        ),
        SpecExample(
            "lab: {analyte: albumin, times_upper_limit: {max: 2.5}}",
            "no usual limits are known of this analyte, so only the laboratory's limit decides",
            met=[lab("albumin", "40 g/L", upper_limit="50 g/L")],
            not_met=[lab("albumin", "150 g/L", upper_limit="50 g/L")],
            unknown=[lab("albumin", "40 g/L")],
        ),
        SpecExample(
            "lab: {analyte: tsh, below: 0.5 mU/L}",
            "a TSH in the disease section counts too",
            met=[lab("tsh", "0.1 mIU/L"), {"disease": {"tsh": "0.1 mIU/L"}}],
            not_met=[{"disease": {"tsh": "0.5 mIU/L"}}],
            unknown=[{}, {"disease": {"tsh": "3 mIU/L"}, **lab("tsh", "0.1 mIU/L")}],
        ),
        SpecExample(
            "lab: {analyte: platelets, min: 100 10^9/L, taken: {max: 7 days}}",
            "maximum age of the sample; unknown if the values disagree",
            met=[lab("platelets", "150 10^9/L", taken={"ago": "3 days"})],
            not_met=[lab("platelets", "90 10^9/L", taken={"ago": "3 days"})],
            unknown=[
                lab("platelets", "150 10^9/L", taken={"ago": "30 days"}),
                {
                    "labs": [
                        {"analyte": "platelets", "value": "150 10^9/L", "taken": {"ago": "3 days"}},
                        {"analyte": "platelets", "value": "90 10^9/L", "taken": {"ago": "5 days"}},
                    ]
                },
            ],
        ),
    ],
)
