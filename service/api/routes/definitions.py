"""Named definitions with their sources, and how they compare on a patient."""

from typing import Any

from matching.describe import describe
from schemas.criteria.definitions import Definition
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import load_patient
from service.api.blueprint import ApiBlueprint
from service.api.payloads.knowledge import DefinitionListSchema, FamilyQuery
from service.api.problems import not_found
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES
from storage.patients import get_patient
from verdicts.compare import ComparisonSchema, compare

blueprint = ApiBlueprint("definitions", __name__, description="Named definitions that trials use")


@blueprint.route("/definitions")
@blueprint.guarded()
@blueprint.arguments(FamilyQuery, location="query")
@blueprint.response(200, DefinitionListSchema)
def definitions(query: dict[str, str]) -> dict[str, Any]:
    """List the named definitions of one family or of all."""
    return {"definitions": [_card(definition) for definition in _of_family(query.get("family"))]}


@blueprint.route("/patients/<row_id:patient_id>/definitions")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.arguments(FamilyQuery, location="query")
@blueprint.response(200, ComparisonSchema)
def patient_definitions(query: dict[str, str], patient_id: str) -> dict[str, Any]:
    """Evaluate each named definition for a patient, with reasons, and the axes on which disagreeing definitions differ.

    Each definition has its source and how certain the source is. Definitions of single lesions are omitted: they do not
    apply to a patient.
    """
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None:
        raise not_found()
    return compare(load_patient(view.summary), _of_family(query.get("family")))


def _of_family(family: str | None) -> list[Definition]:
    known = dependencies().library.definitions.values()
    return [definition for definition in known if family in (None, definition.family)]


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
