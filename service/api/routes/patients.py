"""Patients: submit a summary, look at it, list, delete."""

import json
from hashlib import sha256
from typing import Any

from flask import Response, url_for

from schemas.summary.contradictions import accept_patient
from schemas.summary.facts import PatientSchema, dump_patient
from service.actions.note_intake import with_note
from service.actions.submit_patient import send, store
from service.api.blueprint import ApiBlueprint
from service.api.payloads.general import (
    IdempotencyHeader,
    PageQuery,
    PatientDetailSchema,
    PatientListSchema,
    SubmissionSchema,
)
from service.api.problems import WORDS, Problem, unavailable
from service.api.request_bodies import json_body
from service.api.responses import listed
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES
from storage.notes import StoredNote, find_note
from storage.patients import Idempotency, PatientView, delete_patient, get_patient, list_patients

blueprint = ApiBlueprint("patients", __name__, description="De-identified patient summaries")

BODY = {"required": True, "content": {"application/json": {"schema": PatientSchema}}}
LOCATION = {"Location": {"description": "the patient", "required": True, "schema": {"type": "string"}}}
KEPT = (
    "The queue does not answer. The summary is stored and will be matched when it does; "
    "a repeat with the same Idempotency-Key stores nothing twice."
)


@blueprint.route("/patients", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 409, 413, 415, 507))
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(IdempotencyHeader, location="headers")
@blueprint.response(202, SubmissionSchema, headers=LOCATION)
def submit_patient(header: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Submit a summary to be matched.

    The answer comes before the match: ask at `links.matches`. A reference that was submitted before gets a new
    version. A `note` beside or instead of the facts is read and, unless the site keeps notes, dropped; it needs
    `deidentified: true`. Structured facts go before it, and a fact on which the two disagree is left out and shown,
    until `decided` names it: then the structured fact holds. With an Idempotency-Key, a repeat
    of the same request gives the same answer and stores nothing.
    """
    noted = with_note(json_body())
    summary = dump_patient(accept_patient(noted.summary))
    key = header.get("key")
    idempotency = Idempotency(key, _hash(summary, noted.note)) if key is not None else None
    stored = store(principal(), summary, idempotency, noted.note)
    # A replay was promised already, and is left to the sweeper.
    if not send(stored) and not stored.replayed:
        raise unavailable(KEPT)
    links = _links(stored.patient_id)
    body = {"id": stored.patient_id, "version": stored.version, "state": stored.state, "replayed": stored.replayed}
    shown = {"contradictions": noted.contradictions} if noted.contradictions else {}
    return body | shown | {"links": links}, {"Location": links["patient"]}


def _hash(summary: dict[str, Any], note: StoredNote | None) -> str:
    sent = json.dumps([summary, note.text] if note else summary, sort_keys=True)
    return sha256(sent.encode()).hexdigest()


@blueprint.route("/patients")
@blueprint.guarded(*CLINICAL_ROLES)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, PatientListSchema)
def patients(page: dict[str, Any]) -> dict[str, Any]:
    """The patients of the site."""
    shown, more = listed(page, "patients.patients", list_patients, lambda view: view.patient_id)
    return {"patients": [_head(view) for view in shown], "next": more}


@blueprint.route("/patients/<row_id:patient_id>")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, PatientDetailSchema)
def patient(patient_id: str) -> dict[str, Any]:
    """A patient with the summary that was submitted last, and what its note says."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        if view is None:
            raise Problem("not-found", WORDS[404])
        note = find_note(session, principal().site_id, view.patient_version_id)
    shown = None if note is None else {**note.reading, "text": note.text}
    return _head(view) | {"summary": view.summary, "note": shown}


@blueprint.route("/patients/<row_id:patient_id>", methods=["DELETE"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(204)
def remove_patient(patient_id: str) -> Response:
    """Delete a patient with every version and match.

    What stays is the record that this key deleted this id.
    """
    with dependencies().database.session() as session:
        if not delete_patient(session, principal(), patient_id):
            raise Problem("not-found", WORDS[404])
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _head(view: PatientView) -> dict[str, Any]:
    return {
        "id": view.patient_id,
        "patient_ref": view.patient_ref,
        "version": view.version,
        "state": view.state,
        "submitted_at": view.submitted_at,
        "matched_at": view.matched_at,
        "error": view.error,
        "links": _links(view.patient_id),
    }


def _links(patient_id: str) -> dict[str, str]:
    return {
        "patient": url_for("patients.patient", patient_id=patient_id),
        "matches": url_for("matches.matches", patient_id=patient_id),
    }
