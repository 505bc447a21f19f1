"""Specification of `histology`: type, subtype, and components."""

from schemas.criteria.specification import Spec, SpecExample

PTC = {"diagnosis": {"histology": "papillary"}}
TALL = {"diagnosis": {"histology": "papillary", "subtype": "tall_cell"}}

SPEC = Spec(
    "histology",
    [
        SpecExample(
            "histology: {any_of: [papillary, follicular, oncocytic]}",
            "a wider term is met if all of its meanings are accepted",
            met=[PTC, {"diagnosis": {"histology": "DTC"}}, {"diagnosis": {"histology": "Hurthle cell carcinoma"}}],
            not_met=[{"diagnosis": {"histology": "medullary"}}],
            unknown=[{}, {"diagnosis": {"histology": "thyroid_carcinoma"}}],
        ),
        SpecExample(
            "histology: {any_of: [papillary], subtypes: [tall_cell, columnar_cell]}",
            "type and subtype",
            met=[TALL],
            not_met=[
                {"diagnosis": {"histology": "papillary", "subtype": "classic"}},
                {"diagnosis": {"histology": "follicular"}},
            ],
            unknown=[PTC],
        ),
        SpecExample(
            "histology: {any_of: [anaplastic], components: true}",
            "a component is enough, and its absence must be reported",
            met=[{"diagnosis": {"histology": "papillary", "components": [{"histology": "anaplastic"}]}}],
            not_met=[{"diagnosis": {"histology": "papillary", "components_complete": True}}],
            unknown=[PTC],
        ),
    ],
)
