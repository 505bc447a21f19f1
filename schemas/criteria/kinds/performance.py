"""`performance`: ECOG/WHO, Karnofsky or Lansky."""

from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.kind_fields import Range, any_of, fact_within
from schemas.criteria.language import CriterionContext, Kind
from schemas.summary.fields import refuse


class PerformanceCriterion(Kind):
    """A performance status in range; where several scales are named, any one of them suffices."""

    name = "performance"
    ecog = Range("ecog", "ECOG or WHO")
    karnofsky = Range("performance_percent", "Karnofsky")
    lansky = Range("performance_percent", "Lansky, under 16 years")
    life_expectancy = Range("time", "life expectancy")

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        if not given:
            raise refuse("needs ecog, karnofsky or lansky")
        return any_of(fact_within(f"performance.{scale}", bounds) for scale, bounds in given.items())
