"""Batches: send a registry, see how far it is, pause, resume, cancel, screen again, delete."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, url_for
from sqlalchemy.orm import Session

from matching.verdict import VERDICTS
from registry.options import ReadOptions
from schemas.inputs.faults import Fault, InputError
from service.actions.upload_batch import MEDIA_TYPES, receive, said_format
from service.api.blueprint import ApiBlueprint
from service.api.payloads.batches import BatchHeaders, BatchListSchema, BatchQuery, BatchSchema
from service.api.payloads.general import PageQuery
from service.api.problems import WORDS, Problem, at_fault, unavailable
from service.api.responses import listed
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES, Principal
from storage.batches import lifecycle as stored
from storage.batches.lifecycle import BatchView, get_batch, list_batches
from verdicts.match_schema import NOTICE
from workers.batches.options import read_options
from workers.batches.send import send_whole_batch
from workers.errors import QueueUnavailable

blueprint = ApiBlueprint("batches", __name__, description="Registries, screened in the background")

BODY = {
    "required": True,
    "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in MEDIA_TYPES},
}
LOCATION = {"Location": {"description": "the batch", "required": True, "schema": {"type": "string"}}}
KEPT = "The queue does not answer. The batch is stored and goes on when it does."


@blueprint.route("/batches", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 409, 413, 415, 422, 507))
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(BatchQuery, location="query")
@blueprint.arguments(BatchHeaders, location="headers")
@blueprint.response(202, BatchSchema, headers=LOCATION)
def submit_batch(query: dict[str, Any], headers: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Send a registry to be screened.

    NDJSON, CSV, TSV or Parquet, each plain, gzip or zstd. The file is stored as it arrives; the answer comes when it is
    wholly there, and before it is read. With an Idempotency-Key, a repeat of the same file gives the same batch.
    """
    received = receive(_options(query, headers), headers.get("key"))
    if not received.replayed:
        _send(received.batch_id, "splitting")
    view = _view(received.batch_id)
    return _body(view) | {"replayed": received.replayed}, {"Location": _links(view.batch_id)["batch"]}


def _options(query: dict[str, Any], headers: dict[str, str]) -> ReadOptions:
    """Those of the query go before those of the header, and both before what the Content-Type says.

    Raises: Problem with the path of each fault.
    """
    found = said_format()
    given = {"format": found} if found else {}
    try:
        given |= _of_header(headers)
        given |= {name: query[name] for name in ("format", "notes", "as_of") if name in query}
        given |= {"assume_complete": query["assume_complete"].split(",")} if "assume_complete" in query else {}
        return ReadOptions.from_json(given | {"deidentified": True})
    except InputError as error:
        raise at_fault("invalid-input", error.faults, "query") from None


def _of_header(headers: dict[str, str]) -> dict[str, Any]:
    try:
        given = json.loads(headers.get("options", "{}"))
    except (ValueError, RecursionError):
        raise InputError([Fault("X-Read-Options", "no JSON", '{"delimiter": ";"}')]) from None
    if not isinstance(given, dict):
        raise InputError([Fault("X-Read-Options", "must be an object", '{"delimiter": ";"}')])
    return given


def _send(batch_id: str, state: str) -> None:
    """Durable first: what is stored is screened later even if this fails.

    Raises: Problem when the queue is down.
    """
    try:
        send_whole_batch(
            dependencies().celery, dependencies().database, batch_id, dependencies().settings.batch_window, state
        )
    except QueueUnavailable:
        raise unavailable(KEPT) from None


@blueprint.route("/batches")
@blueprint.guarded(*CLINICAL_ROLES)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, BatchListSchema)
def batches(page: dict[str, Any]) -> dict[str, Any]:
    """The batches of the site, newest first."""
    shown, more = listed(page, "batches.batches", list_batches, lambda view: view.batch_id)
    return {"batches": [_head(view) for view in shown], "next": more}


@blueprint.route("/batches/<row_id:batch_id>")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, BatchSchema)
def batch(batch_id: str) -> dict[str, Any]:
    """How far a batch is, and how many rows are eligible, possible and ineligible for each trial so far."""
    return _body(_view(batch_id))


@blueprint.route("/batches/<row_id:batch_id>/pause", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def pause_batch(batch_id: str) -> dict[str, Any]:
    """Let no further chunk of a batch begin."""
    return _body(_changed(batch_id, stored.pause_batch))


@blueprint.route("/batches/<row_id:batch_id>/resume", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def resume_batch(batch_id: str) -> dict[str, Any]:
    """Let a paused batch go on where it was."""
    view = _changed(batch_id, stored.resume_batch)
    _send(batch_id, view.state)
    return _body(view)


@blueprint.route("/batches/<row_id:batch_id>/cancel", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(200, BatchSchema)
def cancel_batch(batch_id: str) -> dict[str, Any]:
    """End a batch before it is done; its results so far stay until it is deleted."""
    return _body(_changed(batch_id, stored.cancel_batch))


@blueprint.route("/batches/<row_id:batch_id>/rescreen", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404, 409))
@blueprint.response(202, BatchSchema)
def rescreen_batch(batch_id: str) -> dict[str, Any]:
    """Screen a finished batch against the trials of today.

    Only the trials that changed are matched anew; if none did, the chunks that were given up are tried again.
    """
    _changed(batch_id, stored.rescreen_batch)
    _send(batch_id, "screening")
    return _body(_view(batch_id))


@blueprint.route("/batches/<row_id:batch_id>", methods=["DELETE"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(204)
def remove_batch(batch_id: str) -> Response:
    """Delete a batch with its file, rows and results.

    What stays is the record that this key deleted this id.
    """
    with dependencies().database.session() as session:
        if not stored.delete_batch(session, principal(), batch_id):
            raise Problem("not-found", WORDS[404])
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _changed(batch_id: str, change: Callable[[Session, Principal, str], bool]) -> BatchView:
    """The batch after a change.

    Raises: Problem if there is none of the site, or it is in a state in which the change cannot be.
    """
    with dependencies().database.session() as session:
        changed = change(session, principal(), batch_id)
    view = _view(batch_id)
    if not changed:
        raise Problem("wrong-state", f"The batch is {view.state}.")
    return view


def _view(batch_id: str) -> BatchView:
    with dependencies().database.session() as session:
        view = get_batch(session, principal().site_id, batch_id)
    if view is None:
        raise Problem("not-found", WORDS[404])
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
    counted = {one["trial"]: one for one in dependencies().totals.of(view)["trials"]}
    nobody = dict.fromkeys(VERDICTS, 0)
    with dependencies().database.session() as session:
        trials = stored.trials_of(session, view)
    return _head(view) | {
        "notice": NOTICE,
        "round": view.screening_round,
        "assumed_complete": list(read_options(view.options).assume_complete),
        "trials": [
            {"trial": one.trial_id, "version": one.version} | (counted.get(one.trial_id) or nobody) for one in trials
        ],
    }


def _links(batch_id: str) -> dict[str, str]:
    return {
        "batch": url_for("batches.batch", batch_id=batch_id),
        "results": url_for("batch_results.batch_results", batch_id=batch_id),
        "errors": url_for("batch_results.batch_errors", batch_id=batch_id),
        "attrition": url_for("batch_results.batch_attrition", batch_id=batch_id),
    }
