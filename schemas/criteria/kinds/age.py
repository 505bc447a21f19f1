"""`age`: completed years."""

from typing import Any

from matching.interval import CONTINUOUS_STEP
from matching.nodes import TruthNode
from schemas.criteria.kind_fields import ThresholdField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import fact_within

COMPLETED = ("max", "above")
"""Bounds that hold until the next birthday: somebody of 70.5 years is at most 70 and not above 70."""


class AgeCriterion(Kind):
    """Age in completed years: `max: 70 years` includes everyone who is not yet 71, in any unit.

    A bound that is not a whole number of years, such as `18 months`, is exact.
    """

    name = "age"
    min = ThresholdField("age", "minimum age, included")
    max = ThresholdField("age", "maximum age, included")
    above = ThresholdField("age", "older than this")
    below = ThresholdField("age", "younger than this")

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        bounds = {
            key: tuple(_until_birthday(age) if key in COMPLETED else age for age in ages) for key, ages in given.items()
        }
        return fact_within("age", bounds)  # type: ignore[arg-type]


def _until_birthday(age: float) -> float:
    """The last moment before the next birthday, for a whole number of years."""
    return age + 1 - CONTINUOUS_STEP if age.is_integer() else age
