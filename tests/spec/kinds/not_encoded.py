"""Specification of `not_encoded`: a bullet that the facts cannot express."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "not_encoded",
    [
        SpecExample(
            "not_encoded: Organ function limits stand in the protocol only", "never excludes a patient", met=[{}]
        ),
    ],
)
