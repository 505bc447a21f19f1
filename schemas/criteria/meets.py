"""`meets`: a named definition."""

from typing import Any

from matching.criteria import TruthNode
from schemas.blocks import NameOf
from schemas.language import Context, Kind


class Meets(Kind):
    """A definition of knowledge/definitions holds, such as `rai-refractory/ata-2025`."""

    name = "meets"
    shorthand = "definition"
    definition = NameOf("definition", required=True)

    def node(self, given: dict[str, Any], context: Context) -> TruthNode:
        return context.definition(given["definition"])
