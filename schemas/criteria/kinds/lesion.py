"""`lesion`: some, every or no lesion with given properties, and the number and size of lesions."""

from typing import Any

from marshmallow import fields, validate

from matching import nodes as c
from matching.dependencies import reads
from schemas.criteria.kind_fields import CodesField, DefinedNameField, FlagField, RangeField, TextListField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of, fact_is, fact_within, within
from schemas.summary.combined_facts import LESIONS, largest_lesion, lesion_progressed, lesions, number_of_lesions
from schemas.summary.declared_facts import declared
from schemas.summary.fields import field_error
from schemas.summary.units import dimensions

RANGE_FIELDS = (
    "longest_diameter", "short_axis", "fdg_suvmax", "irradiated_ago", "uptake_judged", "progressed_after_rai",
)  # fmt: skip
FLAG_FIELDS = ("irradiated", "progressed_since_irradiation", "measurable", "fdg_avid", "invasive", "bulky")
CODE_FIELDS = {
    "site": "site",
    "uptake": "rai_uptake",
    "scan": "uptake_scan",
    "change_since_rai": "change_since_rai",
    "imaging": "imaging",
}


class LesionFilter(Kind):
    """Properties that a single lesion must have."""

    site = CodesField("lesion_site", "sites")
    not_site = CodesField("lesion_site", "sites that do not count")
    node = FlagField()  # type: ignore[assignment]  # a field of the YAML, see `lesion_node`
    longest_diameter = RangeField("length", "longest diameter")
    short_axis = RangeField("length", "short axis")
    fdg_suvmax = RangeField("suv", "FDG SUVmax")
    uptake = CodesField("uptake", "radioiodine uptake")
    scan = CodesField("scan_kind", "scan on which uptake was judged")
    uptake_judged = RangeField("time", "time since uptake was judged")
    change_since_rai = CodesField("response", "change since the last radioiodine")
    progressed_after_rai = RangeField("time", "time from radioiodine to progression of the lesion")
    imaging = CodesField("imaging", "imaging by which the lesion was measured")
    irradiated = FlagField()
    irradiated_ago = RangeField("time", "time since irradiation")
    progressed = FlagField()
    progressed_since_irradiation = FlagField()
    measurable = FlagField()
    fdg_avid = FlagField()
    invasive = FlagField()
    bulky = FlagField()
    any = fields.List(fields.Nested(lambda: LesionFilter()))
    not_ = fields.Nested(lambda: LesionFilter(), data_key="not")
    measurable_else = fields.Nested(
        lambda: LesionFilter(),
        metadata={"description": "used if it is not reported whether the lesion is measurable"},
    )
    unless_reported = fields.Nested(
        lambda: LesionFilter(),
        metadata={"description": "a lesion reported with these properties does not count; not reported, it counts"},
    )
    meets = TextListField(
        "definitions of the family `lesion` that this lesion meets", DefinedNameField("lesion_definition")
    )


class LesionCriterion(Kind):
    """Current lesions that match `where`: `some` (the default), `every` or `no` lesion, or their number and size.

    `every` requires a complete list, because an unlisted lesion might not match.
    """

    name = "lesion"
    quantifier = fields.String(validate=validate.OneOf(["some", "every", "no"]))
    where = fields.Nested(LesionFilter)
    count = RangeField("count", "how many lesions match")
    largest = RangeField("length", "longest diameter of the largest matching lesion")
    total = RangeField("length", "sum of the longest diameters of the matching lesions")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        where = lesion_node(given.get("where", {}), context)
        parts = _measures(given, where)
        if parts and "quantifier" in given:
            raise field_error("use either quantifier, or count, largest and total")
        return all_of(parts) if parts else _quantified(given.get("quantifier", "some"), where)


def _quantified(quantifier: str, where: c.TruthNode) -> c.TruthNode:
    if quantifier == "some":
        return c.Exists(lesions(where))
    return c.Not(c.Exists(lesions(where if quantifier == "no" else c.Not(where))))


def _measures(given: dict[str, Any], where: c.TruthNode) -> list[c.TruthNode]:
    """Limits on number and size. Without a filter, a reported number or size narrows that of the list."""
    unfiltered = where == c.All(())
    length, diameter = dimensions()["length"], f"{LESIONS}.longest_diameter"
    parts: list[c.TruthNode] = []
    if "count" in given:
        number: c.NumberNode = number_of_lesions() if unfiltered else c.Count(lesions(where))
        parts.append(within(number, given["count"], dimensions()["count"]))
    if "largest" in given:
        number = largest_lesion() if unfiltered else c.Largest(lesions(where), diameter)
        parts.append(within(number, given["largest"], length))
    if "total" in given:
        parts.append(within(c.Total(lesions(where), diameter), given["total"], length))
    return parts


def lesion_node(where: dict[str, Any], context: CriterionContext) -> c.TruthNode:
    """The properties in `where` as a condition on a single lesion."""
    parts: list[c.TruthNode] = [fact_within(f"{LESIONS}.{key}", where[key]) for key in RANGE_FIELDS if key in where]
    parts += [among(f"{LESIONS}.{path}", where[key]) for key, path in CODE_FIELDS.items() if key in where]
    parts += [fact_is(f"{LESIONS}.{key}", where[key]) for key in FLAG_FIELDS if key in where]
    if "progressed" in where:
        parts.append(lesion_progressed() if where["progressed"] else c.Not(lesion_progressed()))
    if "not_site" in where:
        parts.append(c.Not(among(f"{LESIONS}.site", where["not_site"])))
    if "node" in where:
        is_node = among(f"{LESIONS}.site", ["lymph_node"])
        parts.append(is_node if where["node"] else c.Not(is_node))
    return all_of([*parts, *_nested(where, context)])


def _nested(where: dict[str, Any], context: CriterionContext) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = []
    if "any" in where:
        parts.append(any_of(lesion_node(alternative, context) for alternative in where["any"]))
    if "not_" in where:
        parts.append(c.Not(lesion_node(where["not_"], context)))
    if "measurable_else" in where:
        sizes = lesion_node(where["measurable_else"], context)
        parts.append(c.Preferred(c.IsYes(f"{LESIONS}.measurable"), sizes))
    if "unless_reported" in where:
        parts.append(_unless_reported(lesion_node(where["unless_reported"], context)))
    if "meets" in where:
        parts += [context.definition(name) for name in where["meets"]]
    return parts


def _unless_reported(excluded: c.TruthNode) -> c.TruthNode:
    """The lesion is not reported to have these properties; an omitted property is assumed to be absent."""
    for path in sorted(reads(excluded)):
        field = declared().field(path)
        if field is None or not field.assumed:
            raise field_error(f"{path} must be reported", "only facts that declare what is assumed of an omitted value")
    return c.Preferred(c.Not(excluded), c.All(()))
