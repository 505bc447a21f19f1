"""Named definitions, with where each comes from and how sure that is."""

from typing import Any

from matching.describe import describe
from schemas.criteria.definitions import Definition
from schemas.summary.fact_wording import WORDS as FACT_WORDS
from schemas.summary.facts import load_patient
from service.api.blueprint import ApiBlueprint
from service.api.payloads.general import DefinitionListSchema, FamilyQuery
from service.api.problems import WORDS, Problem
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
    """The named definitions, of one family or of all."""
    family = query.get("family")
    found = (one for one in dependencies().library.definitions.values() if family in (None, one.family))
    return {"definitions": [_card(one) for one in found]}


@blueprint.route("/patients/<row_id:patient_id>/definitions")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.arguments(FamilyQuery, location="query")
@blueprint.response(200, ComparisonSchema)
def patient_definitions(query: dict[str, str], patient_id: str) -> dict[str, Any]:
    """What each named definition says of a patient, and why; and on which axes two that disagree differ.

    Each comes with its source and how sure that is. Definitions of single lesions are left out: they speak of no
    patient.
    """
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
    if view is None:
        raise Problem("not-found", WORDS[404])
    family = query.get("family")
    chosen = (one for one in dependencies().library.definitions.values() if family in (None, one.family))
    return compare(load_patient(view.summary), chosen)


def _card(definition: Definition) -> dict[str, Any]:
    card = {
        "name": definition.name,
        "family": definition.family,
        "title": definition.title,
        "english": describe(definition.node, FACT_WORDS),
        "source": definition.source,
        "sure": definition.sure,
    }
    return card | ({"note": definition.note} if definition.note else {})
