"""`age`: completed years."""

from typing import Any

from matching.criteria import TruthNode
from schemas.blocks import Threshold, fact_within
from schemas.language import Context, Kind


class Age(Kind):
    """Age in a range; `70 years` includes everyone who has not turned 71."""

    name = "age"
    min = Threshold("age", "youngest age, included")
    max = Threshold("age", "oldest age, included")
    above = Threshold("age", "older than this")
    below = Threshold("age", "younger than this")

    def node(self, given: dict[str, Any], context: Context) -> TruthNode:
        return fact_within("age", given)
