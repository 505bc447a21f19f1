"""`meets`: a named definition of knowledge/definitions."""

from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.kind_fields import DefinedNameField
from schemas.criteria.language import CriterionContext, Kind


class MeetsCriterion(Kind):
    """A named definition is met, such as `rai-refractory/ata-2025`."""

    name = "meets"
    shorthand = "definition"
    definition = DefinedNameField("definition", required=True)

    def node(self, given: dict[str, Any], context: CriterionContext) -> TruthNode:
        return context.definition(given["definition"])
