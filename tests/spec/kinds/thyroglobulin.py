"""Specification of `thyroglobulin`: thyroglobulin, its antibodies, and TSH."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "thyroglobulin",
    [
        SpecExample(
            "thyroglobulin: {value: {below: 0.2 ng/mL}, antibodies: [negative]}",
            "a value below the detection limit is a range",
            met=[{"disease": {"thyroglobulin": "<0.2 ng/mL", "tg_antibodies": "negative"}}],
            not_met=[
                {"disease": {"thyroglobulin": "0.2 ug/L", "tg_antibodies": "negative"}},
                {"disease": {"tg_antibodies": "positive"}},
            ],
            unknown=[{"disease": {"thyroglobulin": "<0.5 ng/mL", "tg_antibodies": "negative"}}, {}],
        ),
        SpecExample(
            "thyroglobulin: {tsh: {below: 0.5 mIU/L}}",
            "TSH suppression",
            met=[{"disease": {"tsh": "0.1 mIU/L"}}],
            not_met=[{"disease": {"tsh": "0.5 uIU/mL"}}],
            unknown=[{}],
        ),
        SpecExample(
            "thyroglobulin: {tsh: {max: 0.5 mIU/L}, value: {min: 1 ng/mL}}",
            "in the disease section, or listed among the laboratory values",
            met=[
                {
                    "disease": {"thyroglobulin": "3 ng/mL"},
                    "labs": [{"analyte": "tsh", "value": "0.5 mIU/L"}],
                }
            ],
            not_met=[{"labs": [{"analyte": "tsh", "value": "2 mIU/L"}]}],
            unknown=[
                {"labs": [{"analyte": "tsh", "value": "0.1 mIU/L"}]},
                {
                    "disease": {"thyroglobulin": "3 ng/mL", "tsh": "0.1 mIU/L"},
                    "labs": [{"analyte": "tsh", "value": "2 mIU/L"}],
                },
            ],
        ),
    ],
)
