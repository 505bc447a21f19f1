"""Matches: the verdicts for a patient, with reasons."""

from typing import Any

from service.api.blueprint import ApiBlueprint
from service.api.payloads.patients import StoredMatchesSchema, VersionQuery
from service.api.problems import not_found
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES
from storage.match_results import get_result
from verdicts.match_schema import NOTICE

blueprint = ApiBlueprint("matches", __name__, description="Verdicts and their reasons")


@blueprint.route("/patients/<row_id:patient_id>/matches")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.arguments(VersionQuery, location="query")
@blueprint.response(200, StoredMatchesSchema)
def matches(query: dict[str, int], patient_id: str) -> dict[str, Any]:
    """Return the verdicts for a patient, best first.

    While `state` is queued, `matches` is empty.
    """
    with dependencies().database.session() as session:
        result = get_result(session, principal().site_id, patient_id, query.get("version"))
    if result is None:
        raise not_found()
    return {"notice": NOTICE} | result
