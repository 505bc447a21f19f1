"""What came of a batch: results, errors, attrition; and the table that a registry can be written in."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from registry.decode.template import template
from service.actions.export_batch import export_errors, export_results, start_stream
from service.api.blueprint import ApiBlueprint
from service.api.payloads.batches import AttritionSchema, ResultsQuery, TemplateQuery
from service.api.problems import WORDS, Problem
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES
from storage.batches.lifecycle import BatchView, get_batch, trials_of
from storage.batches.stored_results import finished_chunks
from verdicts.match_schema import NOTICE

blueprint = ApiBlueprint("batch_results", __name__, description="What came of registries")

TYPES = {"parquet": "application/vnd.apache.parquet", "ndjson": "application/x-ndjson", "csv": "text/csv"}
ANY = {"type": "string", "format": "binary"}
RESULTS = {"content": {media_type: {"schema": ANY} for media_type in TYPES.values()}, "description": "the file"}


@blueprint.route("/batches/<row_id:batch_id>/results")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409, 422))
@blueprint.doc(responses={"200": RESULTS})
@blueprint.arguments(ResultsQuery, location="query")
def batch_results(query: dict[str, str], batch_id: str) -> Response:
    """The verdicts, a row a patient, streamed.

    Of a batch that is not done, those of the chunks that are; the header X-Batch-State says which it is.
    """
    view, kind, trial = _view(batch_id), query["format"], query.get("trial")
    with dependencies().database.session() as session:
        screened = finished_chunks(session, view)
        known = {one.trial_id for one in trials_of(session, view)}
    if trial is not None and trial not in known:
        raise Problem("not-found", WORDS[404])
    if not screened:
        raise Problem("wrong-state", f"The batch is {view.state}, and nothing of it is screened yet.")
    found = export_results(dependencies().database, view, kind, trial, query.get("verdict"))
    return _file(found, TYPES[kind], f"{batch_id}.{kind}", view)


@blueprint.route("/batches/<row_id:batch_id>/errors")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, ANY, content_type="text/csv")
def batch_errors(batch_id: str) -> Response:
    """The rows that could not be matched as CSV: row, path and message, never a value. Row 0 is the file itself."""
    view = _view(batch_id)
    return _file(export_errors(dependencies().database, view), "text/csv", f"{batch_id}-errors.csv", view)


@blueprint.route("/batches/<row_id:batch_id>/attrition")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, AttritionSchema)
def batch_attrition(batch_id: str) -> dict[str, Any]:
    """How many patients each criterion of each trial removes, alone and after those before it."""
    return {"notice": NOTICE} | dependencies().totals.of(_view(batch_id))


@blueprint.route("/batches/template")
@blueprint.guarded(*CLINICAL_ROLES, problems=(422,))
@blueprint.arguments(TemplateQuery, location="query")
@blueprint.response(200, ANY, content_type="text/csv")
def batch_template(query: dict[str, str]) -> Response:
    """The table that a registry can be written in: its header as CSV."""
    text = template(long=query["form"] == "long")
    return Response(text, mimetype="text/csv", headers=_named("trialmatch-template.csv"))


def _view(batch_id: str) -> BatchView:
    with dependencies().database.session() as session:
        view = get_batch(session, principal().site_id, batch_id)
    if view is None:
        raise Problem("not-found", WORDS[404])
    return view


def _file(found: Iterator[bytes], media_type: str, name: str, view: BatchView) -> Response:
    headers = _named(name) | {"X-Batch-State": view.state}
    return Response(start_stream(found), mimetype=media_type, headers=headers)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
