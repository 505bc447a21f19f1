"""`disease_burden`, `stated_burden`, `thyroglobulin` and `progression`: extent, tumour marker and growth."""

from typing import Any

from marshmallow import fields, validate

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.kinds.lab import every_value
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of, fact_is, fact_within, within
from schemas.summary.combined_facts import SINCE_PROGRESSION, metastatic, progressed
from schemas.summary.fields import field_error
from schemas.summary.units import dimensions

EXTENTS = ("metastatic", "locally_advanced", "unresectable", "recurrent")
BURDENS = ("none", "biochemical_only", "microscopic", "macroscopic", "mixed")


class DiseaseBurdenCriterion(Kind):
    """The disease has one of these extents, or one of these burdens (definitions `burden/*`).

    With `by_m_category` the M category is used if metastases are not reported; for trials soon after the diagnosis.
    """

    name = "disease_burden"
    any_of = fields.List(fields.String(validate=validate.OneOf(EXTENTS)))
    burden = fields.List(fields.String(validate=validate.OneOf(BURDENS)))
    by_m_category = FlagField()

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts = [_extent(extent, given.get("by_m_category", False)) for extent in given.get("any_of", [])]
        parts += [context.definition(f"burden/{burden.replace('_', '-')}") for burden in given.get("burden", [])]
        if not parts:
            raise field_error("needs any_of or burden")
        return any_of(parts)


def _extent(extent: str, by_m_category: bool) -> c.TruthNode:
    if extent != "metastatic":
        return c.IsYes(f"disease.{extent}")
    return c.Preferred(metastatic(), among("diagnosis.tnm.m", ["M1"])) if by_m_category else metastatic()


class StatedBurdenCriterion(Kind):
    """The reported burden is one of these."""

    name = "stated_burden"
    shorthand = "any_of"
    any_of = CodesField("burden", "burdens", required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        return among("disease.stated_burden", given["any_of"])


class ThyroglobulinCriterion(Kind):
    """Thyroglobulin, its antibodies and TSH, from the disease section or from the laboratory values."""

    name = "thyroglobulin"
    value = RangeField("thyroglobulin", "thyroglobulin")
    antibodies = CodesField("tg_antibodies", "antibodies")
    tsh = RangeField("tsh", "TSH")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts: list[c.TruthNode] = []
        if "value" in given:
            parts.append(_measured("thyroglobulin", given["value"]))
        if "antibodies" in given:
            parts.append(among("disease.tg_antibodies", given["antibodies"]))
        if "tsh" in given:
            parts.append(_measured("tsh", given["tsh"]))
        return all_of(parts)


def _measured(analyte: str, given: dict[str, tuple[float, float]]) -> c.TruthNode:
    """Either source is enough; a difference between them is reported as a contradiction."""
    limit = within(c.Fact("labs.value"), given, dimensions()[analyte])
    return c.Agreed((fact_within(f"disease.{analyte}", given), every_value(among("labs.analyte", [analyte]), limit)))


class ProgressionCriterion(Kind):
    """Documented progression, optionally within a time, on an accepted basis, or since the last therapy."""

    name = "progression"
    within = RangeField("time", "time within which progression was documented")
    basis = CodesField("progression_basis", "accepted bases")
    since_last_therapy = FlagField()

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        path = "disease.progression"
        parts: list[c.TruthNode] = [progressed()]
        if "within" in given:
            parts.append(within(SINCE_PROGRESSION, given["within"], dimensions()["time"]))
        if "basis" in given:
            parts.append(among(f"{path}.basis", given["basis"]))
        if "since_last_therapy" in given:
            parts.append(fact_is(f"{path}.since_last_therapy", given["since_last_therapy"]))
        return all_of(parts)
