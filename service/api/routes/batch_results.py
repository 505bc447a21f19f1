"""Results, errors and attrition of a batch, and the CSV template of a registry."""

from typing import Any

from flask import Response

from registry.decode.template import template_csv
from service.actions.export_batch import RESULT_TYPES, export_errors, export_results
from service.api.blueprint import ApiBlueprint
from service.api.payloads.batches import AttritionSchema, ResultsQuery, TemplateQuery
from service.api.problems import Problem, not_found
from service.api.responses import attachment, stream_file
from service.api.routes.batches import find_batch
from service.dependencies import dependencies
from settings.roles import CLINICAL_ROLES
from storage.batches.progress import trial_versions_of
from storage.batches.stored_results import finished_chunks
from verdicts.match_schema import NOTICE

blueprint = ApiBlueprint("batch_results", __name__, description="Results of registries")

CSV = RESULT_TYPES["csv"]
BINARY = {"type": "string", "format": "binary"}
RESULTS = {
    "content": {media_type: {"schema": BINARY} for media_type in RESULT_TYPES.values()},
    "description": "the file",
}
STATE_HEADER = "X-Batch-State"


@blueprint.route("/batches/<row_id:batch_id>/results")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409, 422))
@blueprint.doc(responses={"200": RESULTS})
@blueprint.arguments(ResultsQuery, location="query")
def batch_results(query: dict[str, str], batch_id: str) -> Response:
    """Stream the verdicts, one row per patient.

    For a batch that is not done, the rows of its finished chunks; the header X-Batch-State gives the batch's state.
    """
    view, kind, trial = find_batch(batch_id), query["format"], query.get("trial")
    with dependencies().database.session() as session:
        screened = finished_chunks(session, view)
        known = {name.trial_id for name in trial_versions_of(session, view)}
    if trial is not None and trial not in known:
        raise not_found()
    if not screened:
        raise Problem("wrong-state", f"The batch is {view.state}, and none of its rows are screened yet.")
    found = export_results(dependencies().database, view, kind, trial, query.get("verdict"))
    return stream_file(found, RESULT_TYPES[kind], f"{batch_id}.{kind}", {STATE_HEADER: view.state})


@blueprint.route("/batches/<row_id:batch_id>/errors")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, BINARY, content_type=CSV)
def batch_errors(batch_id: str) -> Response:
    """Stream the rows that could not be matched as CSV: row, path, message, never a value. Row 0 is the file itself."""
    view = find_batch(batch_id)
    found = export_errors(dependencies().database, view)
    return stream_file(found, CSV, f"{batch_id}-errors.csv", {STATE_HEADER: view.state})


@blueprint.route("/batches/<row_id:batch_id>/attrition")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, AttritionSchema)
def batch_attrition(batch_id: str) -> dict[str, Any]:
    """Return how many patients each criterion of each trial excludes, alone and after the criteria before it."""
    return {"notice": NOTICE} | dependencies().totals.of(find_batch(batch_id))


@blueprint.route("/batches/template")
@blueprint.guarded(*CLINICAL_ROLES, problems=(422,))
@blueprint.arguments(TemplateQuery, location="query")
@blueprint.response(200, BINARY, content_type=CSV)
def batch_template(query: dict[str, str]) -> Response:
    """Return an empty registry table: its header as CSV."""
    text = template_csv(long=query["form"] == "long")
    return Response(text, mimetype=CSV, headers=attachment("trialmatch-template.csv"))
