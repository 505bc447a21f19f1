"""`prior_therapy`: earlier drugs and drug classes, their number, time, result and reason for stopping."""

from math import inf
from typing import Any

from marshmallow import fields, validate

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_is, fact_within, within
from schemas.summary.fields import field_error
from schemas.summary.units import dimensions

TABLE = "therapies"
LAST_LINE = 9
"""From this line on, lines are counted as one; trials limit one to three regimens."""


class PriorTherapyCriterion(Kind):
    """A therapy matches, or as many therapies as `count` requires. The last dose of an ongoing therapy is today.

    An empty list only counts as "none" if it is marked complete. With `count_by: line` the drugs of one line are one
    regimen; drugs without a line are one regimen or several, so the answer may be unknown.
    """

    name = "prior_therapy"
    any_of = CodesField("drug", "drugs or classes of drugs")
    none_of = CodesField("drug", "drugs or classes that do not count")
    count = RangeField("count", "number of therapies that match")
    count_by = fields.String(
        validate=validate.OneOf(["drug", "line"]),
        metadata={"description": "what is counted: each drug (the default), or the drugs of one line as one regimen"},
    )
    since_last_dose = RangeField("time", "time since the last dose")
    stop_reason = CodesField("stop_reason", "reasons for stopping")
    progressed = FlagField()
    progressed_after = RangeField("time", "time from the last dose to progression or relapse")
    line = RangeField("count", "line of therapy")
    setting = CodesField("therapy_setting", "accepted settings")
    not_setting = CodesField("therapy_setting", "settings that do not count")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        if not given:
            raise field_error("needs any_of, or another field")
        where = _where(given)
        matching = c.Records(TABLE, all_of(where))
        if "count" not in given:
            if "count_by" in given:
                raise field_error("count_by needs count")
            return c.Exists(matching)
        drugs = within(c.Count(matching), given["count"], dimensions()["count"])
        if given.get("count_by") != "line":
            return drugs
        return c.Consensus(tuple(_regimens(bounds, where) for bounds in dict.fromkeys((drugs.inside, drugs.possibly))))


def _regimens(bounds: Interval, where: list[c.TruthNode]) -> c.TruthNode:
    """The number of lines with a matching therapy is within the bounds."""
    parts: list[c.TruthNode] = []
    if bounds.lo > 0:
        parts.append(_at_least(int(bounds.lo), where))
    if bounds.hi < inf:
        parts.append(c.Not(_at_least(int(bounds.hi) + 1, where)))
    return all_of(parts)


def _at_least(count: int, where: list[c.TruthNode]) -> c.TruthNode:
    """At least `count` lines have a matching therapy, which takes as many therapies."""
    matching = c.Records(TABLE, all_of(where))
    if count == 1:
        return c.Exists(matching)
    if count > LAST_LINE:
        raise field_error(f"count_by: line counts up to {LAST_LINE} regimens")
    lines = [Interval(line, inf if line == LAST_LINE else line) for line in range(1, LAST_LINE + 1)]
    of_lines = [c.Within(c.Fact(f"{TABLE}.line"), line, line) for line in lines]
    in_lines = tuple(c.Exists(c.Records(TABLE, c.All((*where, of_line)))) for of_line in of_lines)
    therapies = Interval(count, inf)
    return c.All((c.Within(c.Count(matching), therapies, therapies), c.AtLeast(count, in_lines)))


def _where(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = []
    if "any_of" in given:
        parts.append(among(f"{TABLE}.drug", given["any_of"]))
    if "none_of" in given:
        parts.append(c.Not(among(f"{TABLE}.drug", given["none_of"])))
    if "since_last_dose" in given:
        parts.append(fact_within(f"{TABLE}.stopped", given["since_last_dose"]))
    if "stop_reason" in given:
        parts.append(among(f"{TABLE}.stop_reason", given["stop_reason"]))
    if "progressed" in given:
        parts.append(fact_is(f"{TABLE}.progressed", given["progressed"]))
    if "progressed_after" in given:
        parts.append(fact_within(f"{TABLE}.progressed_after", given["progressed_after"]))
    if "setting" in given:
        parts.append(among(f"{TABLE}.setting", given["setting"]))
    if "not_setting" in given:
        parts.append(c.Not(among(f"{TABLE}.setting", given["not_setting"])))
    if "line" in given:
        parts.append(fact_within(f"{TABLE}.line", given["line"]))
    return parts
