"""Vocabularies: the codes that summaries use."""

from typing import Any

from service.api.blueprint import ApiBlueprint
from service.api.payloads.knowledge import VocabularyListSchema, VocabularySchema
from service.api.problems import not_found
from service.dependencies import dependencies

blueprint = ApiBlueprint("vocabulary", __name__, description="Codes with their labels and synonyms")


@blueprint.route("/vocabulary")
@blueprint.guarded()
@blueprint.response(200, VocabularyListSchema)
def vocabularies() -> dict[str, Any]:
    """List the vocabularies that summaries use."""
    known = dependencies().library.vocabularies.values()
    heads = [{"name": entry.name, "label": entry.label, "terms": len(entry.terms)} for entry in known]
    return {"vocabularies": heads}


@blueprint.route("/vocabulary/<name:name>")
@blueprint.guarded(problems=(404,))
@blueprint.response(200, VocabularySchema)
def vocabulary(name: str) -> dict[str, Any]:
    """Return a vocabulary with its terms."""
    found = dependencies().library.vocabularies.get(name)
    if found is None:
        raise not_found()
    return {"name": found.name, "label": found.label, "terms": list(found.terms.values())}
