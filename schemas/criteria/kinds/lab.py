"""`lab`: laboratory limits, in units or as multiples of the upper limit of normal."""

from math import inf
from typing import Any

from marshmallow import fields

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.kind_fields import BOUNDS, CodesField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_within, within
from schemas.summary.fields import field_error
from schemas.summary.lab_units import dimension_of, usual_upper_limit
from schemas.summary.quantity import read_quantity

TABLE = "labs"
DISEASE_FACTS = {"tsh": "disease.tsh", "thyroglobulin": "disease.thyroglobulin"}
"""Analytes that can also be reported in the disease section; either source is enough."""


class LabCriterion(Kind):
    """The listed values of an analyte are within limits; UNKNOWN if some are and others are not."""

    name = "lab"
    analyte = CodesField("analyte", "the analyte; a limit in units needs a single one", required=True)
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
        listed = every_value(all_of(asked), all_of(_limits(given)))
        of_disease = _disease_value(given)
        return c.Agreed((listed, of_disease)) if of_disease else listed


def every_value(asked: c.TruthNode, limit: c.TruthNode) -> c.TruthNode:
    """TRUE if every listed value is within the limit, FALSE if none is, else UNKNOWN; a single value decides."""
    listed = c.Exists(c.Records(TABLE, asked))
    passes = c.Exists(c.Records(TABLE, c.All((asked, limit)), listed))
    fails = c.Exists(c.Records(TABLE, c.All((asked, c.Not(limit))), listed))
    return c.Consensus((passes, c.Not(fails)))


def _disease_value(given: dict[str, Any]) -> c.TruthNode | None:
    """The same limit on the value in the disease section, which has no date."""
    bounds = {key: given[key] for key in BOUNDS if key in given}
    analyte = given["analyte"][0]
    if analyte not in DISEASE_FACTS or not bounds or "taken" in given:
        return None
    return _limit(analyte, bounds, DISEASE_FACTS[analyte])


def _limits(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = []
    written = {key: given[key] for key in BOUNDS if key in given}
    if written:
        if len(given["analyte"]) != 1:
            raise field_error("a limit in units needs a single analyte")
        parts.append(_limit(given["analyte"][0], written, f"{TABLE}.value"))
    if "times_upper_limit" in given:
        parts.append(_times_upper_limit(given))
    if not parts:
        raise field_error("needs a limit: min, max, above, below or times_upper_limit")
    return parts


def _times_upper_limit(given: dict[str, Any]) -> c.TruthNode:
    """The multiple; where it is unknown, what the usual upper limits of the analyte leave possible."""
    multiple = fact_within(f"{TABLE}.times_upper_limit", given["times_upper_limit"])
    usual = [_by_usual_limit(analyte, multiple) for analyte in given["analyte"]]
    known = [limit for limit in usual if limit is not None]
    return c.Agreed((multiple, c.Preferred(multiple, all_of(known)))) if len(known) == len(usual) else multiple


def _by_usual_limit(analyte: str, multiple: c.Within) -> c.TruthNode | None:
    """The value of this analyte is within the multiple of its usual upper limits."""
    usual = usual_upper_limit(analyte)
    if usual is None:
        return None
    inside, possibly, value = multiple.inside, multiple.possibly, c.Fact(f"{TABLE}.value")
    at_least = c.Within(value, Interval(inside.lo * usual.hi, inf), Interval(possibly.lo * usual.lo, inf))
    at_most = c.Within(value, Interval(-inf, inside.hi * usual.lo), Interval(-inf, possibly.hi * usual.hi))
    return c.Any((c.Not(among(f"{TABLE}.analyte", [analyte])), c.All((at_least, at_most))))


def _limit(analyte: str, written: dict[str, Any], path: str) -> c.TruthNode:
    dimension = dimension_of(analyte)
    bounds = {}
    for key, value in written.items():
        try:
            point = dimension.interval(read_quantity(value))
        except ValueError as error:
            raise field_error(str(error)) from None
        bounds[key] = (point.lo, point.hi)
    return within(c.Fact(path), bounds, dimension)
