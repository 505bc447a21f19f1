"""`current_therapy`: drugs that the patient takes now, for example those to which a trial adds radioiodine."""

from typing import Any

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.kind_fields import CodesField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, fact_within

TODAY = Interval(0.0, 0.0)


class CurrentTherapyCriterion(Kind):
    """One of these drugs is ongoing. A last dose some time ago means that it is not."""

    name = "current_therapy"
    shorthand = "any_of"
    any_of = CodesField("drug", "drugs or classes of drugs", required=True)
    since_first_dose = RangeField("time", "time since the first dose")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        last_dose = c.Within(c.Fact("therapies.stopped"), TODAY, TODAY)
        ongoing = c.Agreed((c.IsYes("therapies.ongoing"), last_dose))
        where: list[c.TruthNode] = [among("therapies.drug", given["any_of"]), ongoing]
        if "since_first_dose" in given:
            where.append(fact_within("therapies.started", given["since_first_dose"]))
        return c.Exists(c.Records("therapies", all_of(where)))
