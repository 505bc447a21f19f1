"""Patients: submit, list, show and delete them."""

from typing import Any

from flask import Response, url_for

from schemas.implications.contradictions import accept_patient
from schemas.summary.facts import PatientSchema, dump_patient
from service.actions.note_intake import join_note
from service.actions.submit_patient import enqueue_submission, store_submission
from service.api.blueprint import ApiBlueprint
from service.api.payloads.parameters import IdempotencyHeader, PageQuery
from service.api.payloads.patients import PatientDetailSchema, PatientListSchema, SubmissionSchema
from service.api.problems import not_found, unavailable
from service.api.request_bodies import json_body
from service.api.responses import list_page, no_content
from service.dependencies import dependencies
from service.security.authentication import principal
from settings.roles import CLINICAL_ROLES
from storage.notes import find_note
from storage.patients import PatientView, delete_patient, get_patient, list_patients

blueprint = ApiBlueprint("patients", __name__, description="De-identified patient summaries")

BODY = {"required": True, "content": {"application/json": {"schema": PatientSchema}}}
LOCATION = {"Location": {"description": "address of the patient", "required": True, "schema": {"type": "string"}}}
STORED_ONLY = (
    "The queue does not answer. The summary is stored and will be matched when the queue answers again; "
    "a repeat with the same Idempotency-Key stores nothing twice."
)


@blueprint.route("/patients", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 409, 413, 415, 507))
@blueprint.doc(requestBody=BODY)
@blueprint.arguments(IdempotencyHeader, location="headers")
@blueprint.response(202, SubmissionSchema, headers=LOCATION)
def submit_patient(header: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Submit a summary to be matched.

    The response is sent before the match: poll `links.matches`. A reference that was submitted before gets a new
    version. A `note` with or instead of the structured facts needs `deidentified: true`; it is read and, unless the
    site keeps notes, deleted. Structured facts take precedence. A fact on which the two disagree is omitted and
    reported in `contradictions`, unless `decided` names it: then the structured fact counts. With an Idempotency-Key,
    a repeat of the same request returns the same response and stores nothing.
    """
    intake = join_note(json_body())
    summary = dump_patient(accept_patient(intake.summary))
    stored = store_submission(principal(), summary, intake.note, header.get("key"))
    # A replayed submission was accepted before; the sweeper enqueues it.
    if not enqueue_submission(stored) and not stored.replayed:
        raise unavailable(STORED_ONLY)
    links = _links(stored.patient_id)
    body = {"id": stored.patient_id, "version": stored.version, "state": stored.state, "replayed": stored.replayed}
    contradictions = {"contradictions": intake.contradictions} if intake.contradictions else {}
    return body | contradictions | {"links": links}, {"Location": links["patient"]}


@blueprint.route("/patients")
@blueprint.guarded(*CLINICAL_ROLES)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, PatientListSchema)
def patients(page: dict[str, Any]) -> dict[str, Any]:
    """List the patients of the site."""
    shown, more = list_page(page, "patients.patients", list_patients, lambda view: view.patient_id)
    return {"patients": [_head(view) for view in shown], "next": more}


@blueprint.route("/patients/<row_id:patient_id>")
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(200, PatientDetailSchema)
def patient(patient_id: str) -> dict[str, Any]:
    """Return a patient with the newest summary, and what was read from its note."""
    with dependencies().database.session() as session:
        view = get_patient(session, principal().site_id, patient_id)
        if view is None:
            raise not_found()
        note = find_note(session, principal().site_id, view.patient_version_id)
    note_body = None if note is None else {**note.reading, "text": note.text}
    return _head(view) | {"summary": view.summary, "note": note_body}


@blueprint.route("/patients/<row_id:patient_id>", methods=["DELETE"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(404,))
@blueprint.response(204)
def remove_patient(patient_id: str) -> Response:
    """Delete a patient with every version and match.

    The audit log keeps that this key deleted this id.
    """
    with dependencies().database.session() as session:
        if not delete_patient(session, principal(), patient_id):
            raise not_found()
    return no_content()


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
