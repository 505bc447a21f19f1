"""`imaging` and `lung_nodules`: which imaging was done, how long ago, and how many lung nodules it shows."""

from typing import Any

from matching import criteria as c
from schemas.blocks import BOUNDS, Codes, Range, Threshold, all_of, among, fact_within, within
from schemas.facts import NUMBER_OF_LUNG_NODULES
from schemas.language import Context, Kind
from schemas.units import dimensions

TABLE = "disease.imaging"


class Imaging(Kind):
    """Imaging of a region was done by one of these techniques. It can be repeated: its lack is UNKNOWN, not FALSE."""

    name = "imaging"
    technique = Codes("imaging", "techniques that count", required=True)
    region = Codes("body_region", "regions of the body, any one of them")
    done = Range("time", "time since the study")

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        where: list[c.TruthNode] = [among(f"{TABLE}.technique", given["technique"])]
        if "region" in given:
            where.append(among(f"{TABLE}.region", given["region"]))
        if "done" in given:
            where.append(fact_within(f"{TABLE}.done", given["done"]))
        return c.Exists(c.Records(TABLE, all_of(where)))


class LungNodules(Kind):
    """The number of solid, noncalcified lung nodules: as stated, and as the listed lung lesions allow."""

    name = "lung_nodules"
    min = Threshold("count", "fewest, included")
    max = Threshold("count", "most, included")
    above = Threshold("count", "more than this")
    below = Threshold("count", "fewer than this")

    def node(self, given: dict[str, Any], context: Context) -> c.TruthNode:
        return within(
            NUMBER_OF_LUNG_NODULES, {key: given[key] for key in BOUNDS if key in given}, dimensions()["count"]
        )
