"""`sex`: where a trial takes one only."""

from typing import Any

from matching.criteria import TruthNode
from schemas.blocks import Codes, among
from schemas.language import Context, Kind


class Sex(Kind):
    """Sex is one of these."""

    name = "sex"
    shorthand = "any_of"
    any_of = Codes("sex", "accepted", required=True)

    def node(self, given: dict[str, Any], context: Context) -> TruthNode:
        return among("sex", given["any_of"])
