"""`performance`: ECOG/WHO, Karnofsky or Lansky."""

from typing import Any

from matching.criteria import TruthNode
from schemas.blocks import Range, any_of, fact_within
from schemas.fields import refuse
from schemas.language import Context, Kind


class Performance(Kind):
    """A performance status in range; where several scales are named, any one of them suffices."""

    name = "performance"
    ecog = Range("ecog", "ECOG or WHO")
    karnofsky = Range("performance_percent", "Karnofsky")
    lansky = Range("performance_percent", "Lansky, under 16 years")
    life_expectancy = Range("time", "life expectancy")

    def node(self, given: dict[str, Any], context: Context) -> TruthNode:
        if not given:
            raise refuse("needs ecog, karnofsky or lansky")
        return any_of(fact_within(f"performance.{scale}", bounds) for scale, bounds in given.items())
