"""`imaging` and `lung_nodules`: which imaging was done and when, and the number of lung nodules."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import BOUNDS, CodesField, RangeField, ThresholdField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_within, within
from schemas.summary.combined_facts import number_of_lung_nodules
from schemas.summary.units import dimensions

TABLE = "disease.imaging"


class ImagingCriterion(Kind):
    """A region was imaged with one of these techniques. Imaging can be repeated, so missing imaging is UNKNOWN."""

    name = "imaging"
    technique = CodesField("imaging", "accepted techniques", required=True)
    region = CodesField("body_region", "regions of the body; any of them is enough")
    done = RangeField("time", "time since the study")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where: list[c.TruthNode] = [among(f"{TABLE}.technique", given["technique"])]
        if "region" in given:
            where.append(among(f"{TABLE}.region", given["region"]))
        if "done" in given:
            where.append(fact_within(f"{TABLE}.done", given["done"]))
        return c.Exists(c.Records(TABLE, all_of(where)))


class LungNodulesCriterion(Kind):
    """The number of solid, noncalcified lung nodules, as reported and as the listed lung lesions allow."""

    name = "lung_nodules"
    min = ThresholdField("count", "minimum number, included")
    max = ThresholdField("count", "maximum number, included")
    above = ThresholdField("count", "more than this")
    below = ThresholdField("count", "fewer than this")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return within(
            number_of_lung_nodules(), {key: given[key] for key in BOUNDS if key in given}, dimensions()["count"]
        )
