"""Specification of `readings`: a source that can be interpreted in several ways."""

from schemas.criteria.specification import Facts, Spec, SpecExample


def sequenced(*variants: Facts) -> Facts:
    return {"genomics": {"tested": ["NRAS", "HRAS", "KRAS"], "variants": list(variants)}}


SPEC = Spec(
    "readings",
    [
        SpecExample(
            "readings: [{variant: {gene: [NRAS], type: [mutation]}}, {variant: {group: ras-mutation}}]",
            "the source prints both NRAS and RAS: a patient who fits only one reading stays unknown",
            met=[sequenced({"gene": "NRAS", "alteration": "Q61R"})],
            not_met=[sequenced()],
            unknown=[{}, sequenced({"gene": "HRAS", "alteration": "Q61R"})],
        ),
        SpecExample(
            "readings: [{age: {min: 1 year}}, {age: {min: 2 years}}]",
            "the criteria and the structured field of the record print different limits",
            met=[{"age": "2 years"}],
            not_met=[{"age": "11 months"}],
            unknown=[{"age": "18 months"}],
        ),
    ],
)
