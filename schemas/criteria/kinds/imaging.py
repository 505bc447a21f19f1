"""`imaging` and `lung_nodules`: which imaging was done, how long ago, and how many lung nodules it shows."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import BOUNDS, CodesField, RangeField, ThresholdField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_within, within
from schemas.summary.combined_facts import NUMBER_OF_LUNG_NODULES
from schemas.summary.units import dimensions

TABLE = "disease.imaging"


class ImagingCriterion(Kind):
    """Imaging of a region was done by one of these techniques. It can be repeated: its lack is UNKNOWN, not FALSE."""

    name = "imaging"
    technique = CodesField("imaging", "techniques that count", required=True)
    region = CodesField("body_region", "regions of the body, any one of them")
    done = RangeField("time", "time since the study")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where: list[c.TruthNode] = [among(f"{TABLE}.technique", given["technique"])]
        if "region" in given:
            where.append(among(f"{TABLE}.region", given["region"]))
        if "done" in given:
            where.append(fact_within(f"{TABLE}.done", given["done"]))
        return c.Exists(c.Records(TABLE, all_of(where)))


class LungNodulesCriterion(Kind):
    """The number of solid, noncalcified lung nodules: as stated, and as the listed lung lesions allow."""

    name = "lung_nodules"
    min = ThresholdField("count", "fewest, included")
    max = ThresholdField("count", "most, included")
    above = ThresholdField("count", "more than this")
    below = ThresholdField("count", "fewer than this")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return within(
            NUMBER_OF_LUNG_NODULES, {key: given[key] for key in BOUNDS if key in given}, dimensions()["count"]
        )
