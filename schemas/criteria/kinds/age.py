"""`age`: completed years."""

from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.kind_fields import ThresholdField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import fact_within


class AgeCriterion(Kind):
    """Age in completed years: `max: 70 years` includes everyone who is not yet 71."""

    name = "age"
    min = ThresholdField("age", "minimum age, included")
    max = ThresholdField("age", "maximum age, included")
    above = ThresholdField("age", "older than this")
    below = ThresholdField("age", "younger than this")

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return fact_within("age", given)
