"""`performance`: ECOG/WHO, Karnofsky or Lansky."""

from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.kind_fields import RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import any_of, fact_within
from schemas.summary.fields import field_error


class PerformanceCriterion(Kind):
    """The performance status is in range. If several scales are given, any of them is enough."""

    name = "performance"
    ecog = RangeField("ecog", "ECOG or WHO")
    karnofsky = RangeField("performance_percent", "Karnofsky")
    lansky = RangeField("performance_percent", "Lansky, under 16 years")
    life_expectancy = RangeField("time", "life expectancy")

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        if not given:
            raise field_error("needs ecog, karnofsky or lansky")
        return any_of(fact_within(f"performance.{scale}", bounds) for scale, bounds in given.items())
