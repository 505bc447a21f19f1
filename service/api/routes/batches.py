"""Batches: upload a registry, follow its progress, pause, resume, cancel, re-screen and delete it."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from matching.verdict import VERDICTS
from registry.options import ReadOptions, read_options
from schemas.inputs.faults import Fault, InputError
from service.actions.upload_batch import enqueue_batch, receive_batch
from service.api.blueprint import ApiBlueprint
from service.api.payloads.batches import BatchHeaders, BatchListSchema, BatchQuery, BatchSchema
from service.api.payloads.parameters import PageQuery
from service.api.problems import Problem, invalid, not_found, unavailable
from service.api.request_bodies import FILE_BODY, file_format, file_parts
from service.api.responses import list_page, no_content
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES, Principal
from storage.batches import control
from storage.batches.progress import BatchView, get_batch, list_batches, trial_versions_of
from verdicts.match_schema import NOTICE

blueprint = ApiBlueprint("batches", __name__, description="Registries, screened in the background")

LOCATION = {"Location": {"description": "address of the batch", "required": True, "schema": {"type": "string"}}}
STORED_ONLY = "The queue does not answer. The batch is stored and continues when the queue answers again."


@blueprint.route("/batches", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 409, 413, 415, 422, 507))
@blueprint.doc(requestBody=FILE_BODY)
@blueprint.arguments(BatchQuery, location="query")
@blueprint.arguments(BatchHeaders, location="headers")
@blueprint.response(202, BatchSchema, headers=LOCATION)
def submit_batch(query: dict[str, Any], headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Upload a registry to be screened.

    NDJSON, CSV, TSV or Parquet, each plain, gzip or zstd. The file is stored as it arrives; the response is sent when
    it has arrived completely, before it is read. With an Idempotency-Key, a repeat of the same file returns the same
    batch.
    """
    options = _options(query, headers)
    parts = file_parts(dependencies().settings.max_batch_bytes)
    received = receive_batch(principal(), parts, options, headers.get("key"))
    if not received.replayed:
        _enqueue(received.batch_id, "splitting")
    view = find_batch(received.batch_id)
    return _body(view) | {"replayed": received.replayed}, {"Location": _links(view.batch_id)["batch"]}


def _options(query: dict[str, Any], headers: dict[str, str]) -> ReadOptions:
    """Merge the read options: the query overrides the header, and both override the Content-Type.

    Raises: Problem with the path of each fault.
    """
    named = file_format()
    given = {"format": named} if named else {}
    try:
        given |= _header_options(headers)
        given |= {name: query[name] for name in ("format", "notes", "as_of") if name in query}
        given |= {"assume_complete": query["assume_complete"].split(",")} if "assume_complete" in query else {}
        return ReadOptions.from_json(given | {"deidentified": True})
    except InputError as error:
        raise invalid("invalid-input", error.faults, "query") from None


def _header_options(headers: dict[str, str]) -> dict[str, Any]:
    try:
        given = json.loads(headers.get("options", "{}"))
    except (ValueError, RecursionError):
        raise InputError([Fault("X-Read-Options", "not valid JSON", '{"delimiter": ";"}')]) from None
    if not isinstance(given, dict):
        raise InputError([Fault("X-Read-Options", "must be an object", '{"delimiter": ";"}')])
    return given


def _enqueue(batch_id: str, state: str) -> None:
    """Enqueue a stored batch. It is stored first, so it is screened later even if this fails.

    Raises: Problem if the queue is down.
    """
    if not enqueue_batch(batch_id, state):
        raise unavailable(STORED_ONLY)


@blueprint.route("/batches")
@blueprint.guarded(*CLINICAL_ROLES)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, BatchListSchema)
def batches(page: dict[str, Any]) -> dict[str, Any]:
    """The batches of the site, newest first."""
    shown, more = list_page(page, "batches.batches", list_batches, lambda view: view.batch_id)
    return {"batches": [_head(view) for view in shown], "next": more}


@blueprint.route("/batches/<row_id:batch_id>")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, BatchSchema)
def batch(batch_id: str) -> dict[str, Any]:
    """Return the progress of a batch, and its rows so far by verdict for each trial."""
    return _body(find_batch(batch_id))


@blueprint.route("/batches/<row_id:batch_id>/pause", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def pause_batch(batch_id: str) -> dict[str, Any]:
    """Pause a batch: no further chunk starts."""
    return _body(_changed(batch_id, control.pause_batch))


@blueprint.route("/batches/<row_id:batch_id>/resume", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def resume_batch(batch_id: str) -> dict[str, Any]:
    """Resume a paused batch where it stopped."""
    view = _changed(batch_id, control.resume_batch)
    _enqueue(batch_id, view.state)
    return _body(view)


@blueprint.route("/batches/<row_id:batch_id>/cancel", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def cancel_batch(batch_id: str) -> dict[str, Any]:
    """Cancel a batch before it is done; its results so far stay until it is deleted."""
    return _body(_changed(batch_id, control.cancel_batch))


@blueprint.route("/batches/<row_id:batch_id>/rescreen", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(202, BatchSchema)
def rescreen_batch(batch_id: str) -> dict[str, Any]:
    """Re-screen a finished batch against the current trials.

    Only trials that changed are matched again; if none did, chunks that were given up are retried.
    """
    _changed(batch_id, control.rescreen_batch)
    _enqueue(batch_id, "screening")
    return _body(find_batch(batch_id))


@blueprint.route("/batches/<row_id:batch_id>", methods=["DELETE"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(204)
def remove_batch(batch_id: str) -> Response:
    """Delete a batch with its file, rows and results.

    The audit log keeps that this key deleted this id.
    """
    with dependencies().database.session() as session:
        if not control.delete_batch(session, principal(), batch_id):
            raise not_found()
    return no_content()


def _changed(batch_id: str, change: Callable[[Session, Principal, str], bool]) -> BatchView:
    """Apply a change and return the batch.

    Raises: Problem if the site has no such batch, or its state does not allow the change.
    """
    with dependencies().database.session() as session:
        changed = change(session, principal(), batch_id)
    view = find_batch(batch_id)
    if not changed:
        raise Problem("wrong-state", f"The batch is {view.state}.")
    return view


def find_batch(batch_id: str) -> BatchView:
    """Return a batch of the site.

    Raises: Problem if the site has no such batch.
    """
    with dependencies().database.session() as session:
        view = get_batch(session, principal().site_id, batch_id)
    if view is None:
        raise not_found()
    return view


def _head(view: BatchView) -> dict[str, Any]:
    return {
        "id": view.batch_id,
        "state": view.state,
        "submitted_at": view.submitted_at,
        "finished_at": view.finished_at,
        "bytes": view.size,
        "progress": view.progress,
        "faults": view.faults,
        "error": view.error,
        "links": _links(view.batch_id),
    }


def _body(view: BatchView) -> dict[str, Any]:
    counts = {entry["trial"]: entry for entry in dependencies().totals.of(view)["trials"]}
    none = dict.fromkeys(VERDICTS, 0)
    with dependencies().database.session() as session:
        trials = trial_versions_of(session, view)
    return _head(view) | {
        "notice": NOTICE,
        "round": view.screening_round,
        "assumed_complete": list(read_options(view.options).assume_complete),
        "trials": [
            {"trial": trial.trial_id, "version": trial.version} | (counts.get(trial.trial_id) or none)
            for trial in trials
        ],
    }


def _links(batch_id: str) -> dict[str, str]:
    return {
        "batch": url_for("batches.batch", batch_id=batch_id),
        "results": url_for("batch_results.batch_results", batch_id=batch_id),
        "errors": url_for("batch_results.batch_errors", batch_id=batch_id),
        "attrition": url_for("batch_results.batch_attrition", batch_id=batch_id),
    }
