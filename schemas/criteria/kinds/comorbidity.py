"""`condition`, `procedure`, `medication`: comorbidities, operations and radiation, and concomitant drugs."""

from typing import Any

from marshmallow import fields

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_conditions_reported, all_of, among, any_of, fact_is, fact_within
from schemas.summary.vocabulary import vocabularies

CONDITIONS = "conditions"
CODE = f"{CONDITIONS}.condition"
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

    It is not met if each of the conditions is reported as absent or the list is complete. A wider condition that is
    present does not reopen one that is reported as absent.
    """

    name = "condition"
    any_of = CodesField("condition", "conditions", required=True)
    none_of = CodesField("condition", "conditions that do not count")
    unless = fields.Nested(ConditionFilter)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where = [c.IsYes(f"{CONDITIONS}.present"), *_properties(given)]
        if "none_of" in given:
            where.append(c.Not(among(CODE, given["none_of"])))
        if "unless" in given:
            where.append(c.Not(all_of(_properties(given["unless"]))))
        found = _found(given["any_of"], among(CODE, given["any_of"]), where)
        if not any(map(_wider, given["any_of"])):
            return found
        return c.Agreed((found, any_of(_member_found(condition, where) for condition in given["any_of"])))


def _wider(condition: str) -> list[str]:
    """The groups that contain the condition, apart from itself."""
    terms = vocabularies()["condition"]
    return [code for code in terms.terms if code != condition and condition in terms.below([code])]


def _found(conditions: list[str], coded: c.TruthNode, where: list[c.TruthNode]) -> c.TruthNode:
    """A record with this code and these properties; where each condition is reported, no other record can be one."""
    return c.Exists(c.Records(CONDITIONS, all_of([coded, *where]), all_conditions_reported(conditions)))


def _member_found(member: str, where: list[c.TruthNode]) -> c.TruthNode:
    """The member of a group is present: it is reported, or the group is and might mean the member.

    The group says nothing of a member that is reported as absent, and means the last one left of a closed group.
    """
    coded = among(CODE, [member])
    if not _wider(member):
        return _found([member], coded, where)
    itself = _found([member], c.Among(CODE, coded.codes), where)
    might_be = c.All((_found([member], coded, where), c.Not(all_conditions_reported([member]))))
    return any_of([itself, might_be, *_last_of_closed_groups(member, where)])


def _last_of_closed_groups(member: str, where: list[c.TruthNode]) -> list[c.TruthNode]:
    """For each closed group of the member: the group is present, and all other members are reported as absent."""
    terms = vocabularies()["condition"]
    found = []
    for group in _wider(member):
        others = sorted(terms.below([group]) - terms.below([member]) - {group, *_wider(member)})
        if terms.terms[group].closed and others:
            present = _found([member], c.Among(CODE, frozenset({group})), where)
            found.append(all_of([present, *map(_absent, others)]))
    return found


def _absent(condition: str) -> c.TruthNode:
    """The condition itself is reported as absent."""
    absent = c.Not(c.IsYes(f"{CONDITIONS}.present"))
    return c.Exists(c.Records(CONDITIONS, c.All((c.Among(CODE, frozenset({condition})), absent))))


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
