"""Specification of `stated_burden`: the reported burden."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "stated_burden",
    [
        SpecExample(
            "stated_burden: [macroscopic]",
            "mixed disease is macroscopic too",
            met=[{"disease": {"stated_burden": "macroscopic"}}, {"disease": {"stated_burden": "mixed"}}],
            not_met=[{"disease": {"stated_burden": "microscopic"}}],
            unknown=[{}, {"disease": {"stated_burden": "residual disease"}}],
        ),
    ],
)
