"""`sex`: for trials that accept only one sex."""

from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.kind_fields import CodesField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import among


class SexCriterion(Kind):
    """The patient's sex is one of these."""

    name = "sex"
    shorthand = "any_of"
    any_of = CodesField("sex", "accepted sexes", required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return among("sex", given["any_of"])
