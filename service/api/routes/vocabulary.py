"""Vocabularies: the codes that a summary is written in."""

from typing import Any

from service.api.blueprint import ApiBlueprint
from service.api.payloads.general import VocabularyListSchema, VocabularySchema
from service.api.problems import WORDS, Problem
from service.dependencies import dependencies

blueprint = ApiBlueprint("vocabulary", __name__, description="Codes with their labels and synonyms")


@blueprint.route("/vocabulary")
@blueprint.guarded()
@blueprint.response(200, VocabularyListSchema)
def vocabularies() -> dict[str, Any]:
    """The vocabularies that summaries are written in."""
    found = dependencies().library.vocabularies.values()
    return {"vocabularies": [{"name": one.name, "label": one.label, "terms": len(one.terms)} for one in found]}


@blueprint.route("/vocabulary/<name:name>")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, VocabularySchema)
def vocabulary(name: str) -> dict[str, Any]:
    """One vocabulary with its terms."""
    found = dependencies().library.vocabularies.get(name)
    if found is None:
        raise Problem("not-found", WORDS[404])
    return {"name": found.name, "label": found.label, "terms": list(found.terms.values())}
