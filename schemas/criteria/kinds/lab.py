"""`lab`: laboratory limits in units, or as multiples of the upper limit of normal."""

from typing import Any

from marshmallow import fields

from matching import nodes as c
from schemas.criteria.kind_fields import BOUNDS, CodesField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_within, within
from schemas.summary.fields import refuse
from schemas.summary.lab_units import dimension_of
from schemas.summary.quantity import read_quantity

TABLE = "labs"
BESIDE = {"tsh": "disease.tsh", "thyroglobulin": "disease.thyroglobulin"}
"""Values that a summary may also state with the disease: either place answers."""


class LabCriterion(Kind):
    """What is listed of the analyte lies in range; where several values disagree the answer is UNKNOWN."""

    name = "lab"
    analyte = CodesField("analyte", "one analyte", required=True)
    min = fields.Raw()
    max = fields.Raw()
    above = fields.Raw()
    below = fields.Raw()
    times_upper_limit = RangeField("ratio", "multiple of the upper limit of normal")
    taken = RangeField("time", "time since the sample")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        asked = [among(f"{TABLE}.analyte", given["analyte"])]
        if "taken" in given:
            asked.append(fact_within(f"{TABLE}.taken", given["taken"]))  # type: ignore[arg-type]
        listed = agreed(all_of(asked), all_of(_limits(given)))
        beside = _beside(given)
        return c.Agreed((listed, beside)) if beside else listed


def agreed(asked: c.TruthNode, limit: c.TruthNode) -> c.TruthNode:
    """Every listed value passes, or none does; one value listed settles it."""
    listed = c.Exists(c.Records(TABLE, asked))
    passes = c.Exists(c.Records(TABLE, c.All((asked, limit)), listed))
    fails = c.Exists(c.Records(TABLE, c.All((asked, c.Not(limit))), listed))
    return c.Consensus((passes, c.Not(fails)))


def _beside(given: dict[str, Any]) -> c.TruthNode | None:
    """The same limit on the value that stands with the disease; it has no date."""
    bounds = {key: given[key] for key in BOUNDS if key in given}
    analyte = given["analyte"][0]
    return _limit(analyte, bounds, BESIDE[analyte]) if analyte in BESIDE and bounds and "taken" not in given else None


def _limits(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = []
    written = {key: given[key] for key in BOUNDS if key in given}
    if written:
        if len(given["analyte"]) != 1:
            raise refuse("a limit in units is for one analyte")
        parts.append(_limit(given["analyte"][0], written, f"{TABLE}.value"))
    if "times_upper_limit" in given:
        parts.append(fact_within(f"{TABLE}.times_upper_limit", given["times_upper_limit"]))
    if not parts:
        raise refuse("needs a limit: min, max, above, below or times_upper_limit")
    return parts


def _limit(analyte: str, written: dict[str, Any], path: str) -> c.TruthNode:
    dimension = dimension_of(analyte)
    bounds = {}
    for key, value in written.items():
        try:
            point = dimension.interval(read_quantity(value))
        except ValueError as error:
            raise refuse(str(error)) from None
        bounds[key] = (point.lo, point.hi)
    return within(c.Fact(path), bounds, dimension)
