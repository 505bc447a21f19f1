"""`condition`, `procedure`, `medication`: comorbidities, operations and radiation, and concomitant drugs."""

from typing import Any

from marshmallow import fields

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_conditions_reported, all_of, among, fact_is, fact_within

RANGE_FIELDS = ("grade", "since", "treated_ago")
FLAG_FIELDS = ("treated", "stable", "symptomatic", "on_steroids")


class ConditionFilter(Kind):
    """Properties that a single condition must have."""

    grade = RangeField("grade", "CTCAE grade, or NYHA class")
    since = RangeField("time", "time since onset or diagnosis")
    treated_ago = RangeField("time", "time since treatment")
    treated = FlagField()
    stable = FlagField()
    symptomatic = FlagField()
    on_steroids = FlagField()


class ConditionCriterion(ConditionFilter):
    """A condition in `any_of` and not in `none_of` is present, except with the properties in `unless`.

    It is not met if each of the conditions is reported as absent or the list is complete.
    """

    name = "condition"
    any_of = CodesField("condition", "conditions", required=True)
    none_of = CodesField("condition", "conditions that do not count")
    unless = fields.Nested(ConditionFilter)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where = [among("conditions.condition", given["any_of"]), c.IsYes("conditions.present"), *_properties(given)]
        if "none_of" in given:
            where.append(c.Not(among("conditions.condition", given["none_of"])))
        if "unless" in given:
            where.append(c.Not(all_of(_properties(given["unless"]))))
        return c.Exists(c.Records("conditions", all_of(where), all_conditions_reported(given["any_of"])))


def _properties(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = [fact_within(f"conditions.{key}", given[key]) for key in RANGE_FIELDS if key in given]
    return parts + [fact_is(f"conditions.{key}", given[key]) for key in FLAG_FIELDS if key in given]


class ProcedureCriterion(Kind):
    """One of these procedures was performed."""

    name = "procedure"
    any_of = CodesField("procedure", "procedures", required=True)
    done = RangeField("time", "time since the procedure")
    site = CodesField("lesion_site", "sites treated")
    not_site = CodesField("lesion_site", "sites that do not count")
    palliative = FlagField()

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where: list[c.TruthNode] = [among("procedures.procedure", given["any_of"])]
        if "done" in given:
            where.append(fact_within("procedures.done", given["done"]))
        if "site" in given:
            where.append(among("procedures.site", given["site"]))
        if "not_site" in given:
            where.append(c.Not(among("procedures.site", given["not_site"])))
        if "palliative" in given:
            where.append(fact_is("procedures.palliative", given["palliative"]))
        return c.Exists(c.Records("procedures", all_of(where)))


class MedicationCriterion(Kind):
    """One of these drugs is taken, or was taken within a time."""

    name = "medication"
    any_of = CodesField("medication", "medications", required=True)
    since_last_taken = RangeField("time", "time since the last intake")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where: list[c.TruthNode] = [among("medications.medication", given["any_of"])]
        if "since_last_taken" in given:
            where.append(fact_within("medications.stopped", given["since_last_taken"]))
        return c.Exists(c.Records("medications", all_of(where)))
