"""`prior_therapy`: earlier drugs and drug classes, their number, time, result and reason for stopping."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_is, fact_within, within
from schemas.summary.fields import field_error
from schemas.summary.units import dimensions

TABLE = "therapies"


class PriorTherapyCriterion(Kind):
    """A therapy matches, or as many therapies as `count` requires. The last dose of an ongoing therapy is today.

    An empty list only counts as "none" if it is marked complete.
    """

    name = "prior_therapy"
    any_of = CodesField("drug", "drugs or classes of drugs")
    none_of = CodesField("drug", "drugs or classes that do not count")
    count = RangeField("count", "number of therapies that match")
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
        matching = c.Records(TABLE, all_of(_where(given)))
        if "count" in given:
            return within(c.Count(matching), given["count"], dimensions()["count"])
        return c.Exists(matching)


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
