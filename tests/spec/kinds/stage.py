"""Specification of `stage`: TNM category and edition, margins, extension, size and nodes."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "stage",
    [
        SpecExample(
            "stage: {t: [T3, T4], edition: [ajcc_7]}",
            "a category includes its subcategories; the meaning of T3 depends on the edition",
            met=[{"diagnosis": {"tnm": {"t": "pT4a", "edition": "7"}}}],
            not_met=[
                {"diagnosis": {"tnm": {"t": "T2", "edition": "7"}}},
                {"diagnosis": {"tnm": {"t": "T3", "edition": "8"}}},
            ],
            unknown=[{}, {"diagnosis": {"tnm": {"t": "T3"}}}, {"diagnosis": {"tnm": {"t": "TX", "edition": "7"}}}],
        ),
        SpecExample(
            "any: [{stage: {primary_size: {above: 4 cm}}}, {stage: {extrathyroidal_extension: [gross]}}, "
            "{stage: {nodes_involved: {min: 5}}}]",
            "high risk by any of several criteria",
            met=[{"diagnosis": {"primary_size": "41 mm"}}, {"diagnosis": {"nodes_involved": 5}}],
            not_met=[
                {"diagnosis": {"primary_size": "4 cm", "extrathyroidal_extension": "minimal", "nodes_involved": 4}}
            ],
            unknown=[{"diagnosis": {"primary_size": "4 cm"}}, {"diagnosis": {"nodes_involved": "several"}}],
        ),
        SpecExample(
            "stage: {margins: [R0], multifocal: true, foci_total: {max: 2 cm}, largest_node: {max: 1 cm}, stage: [I]}",
            "margins, foci, nodes and stage group together",
            met=[
                {
                    "diagnosis": {
                        "margins": "R0",
                        "multifocal": True,
                        "foci_total": "15 mm",
                        "largest_node": "6 mm",
                        "stage": "I",
                    }
                }
            ],
            not_met=[{"diagnosis": {"margins": "R1"}}],
            unknown=[{"diagnosis": {"margins": "R0"}}],
        ),
    ],
)
