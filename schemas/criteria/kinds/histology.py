"""`histology`: main type, subtype and additional components of the tumour."""

from typing import Any

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of, fact_within
from schemas.summary.fields import field_error

COMPONENTS = "diagnosis.components"


class HistologyCriterion(Kind):
    """The tumour has one of these types. With `components`, a component of this type is enough."""

    name = "histology"
    any_of = CodesField("histology", "histological types")
    subtypes = CodesField("histology_subtype", "subtypes")
    components = FlagField()
    fraction = RangeField("percent", "share of the component in the tumour")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        main = [among("diagnosis.histology", given["any_of"])] if "any_of" in given else []
        if "subtypes" in given:
            main.append(among("diagnosis.subtype", given["subtypes"]))
        if not main:
            raise field_error("needs any_of or subtypes")
        if not given.get("components"):
            return all_of(main)
        return any_of([all_of(main), c.Exists(c.Records(COMPONENTS, all_of(_component(given))))])


def _component(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = [among(f"{COMPONENTS}.histology", given.get("any_of", []))]
    if "fraction" in given:
        parts.append(fact_within(f"{COMPONENTS}.fraction", given["fraction"]))
    return parts
