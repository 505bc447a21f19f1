"""Specification of `no_rule`: a bullet that accepts patients either way."""

from schemas.criteria.specification import Spec, SpecExample

SPEC = Spec(
    "no_rule",
    [
        SpecExample("no_rule: Thyroglobulin antibodies, with or without", "decides and asks nothing", met=[{}]),
    ],
)
