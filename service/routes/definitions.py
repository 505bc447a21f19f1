"""Named definitions, with where each comes from and how sure that is."""

from typing import Any

from matching.describe import describe
from schemas.definitions import Definition
from schemas.payloads import DefinitionListSchema, FamilyQuery
from schemas.words import WORDS
from service.blueprint import Blueprint
from service.parts import parts

blueprint = Blueprint("definitions", __name__, description="Named definitions that trials use")


@blueprint.route("/definitions")
@blueprint.guarded()
@blueprint.arguments(FamilyQuery, location="query")
@blueprint.response(200, DefinitionListSchema)
def definitions(query: dict[str, str]) -> dict[str, Any]:
    """The named definitions, of one family or of all."""
    family = query.get("family")
    found = (one for one in parts().library.definitions.values() if family in (None, one.family))
    return {"definitions": [_card(one) for one in found]}


def _card(definition: Definition) -> dict[str, Any]:
    card = {
        "name": definition.name,
        "family": definition.family,
        "title": definition.title,
        "english": describe(definition.node, WORDS),
        "source": definition.source,
        "sure": definition.sure,
    }
    return card | ({"note": definition.note} if definition.note else {})
