"""Extractions: reads the facts of a note with their evidence; nothing is stored."""

from typing import Any

from schemas.inputs.faults import Fault, InputError
from service.actions.note_intake import NOTE_KEYS, read_note
from service.api.blueprint import ApiBlueprint
from service.api.payloads.notes import ExtractionSchema, NoteSchema
from service.api.request_bodies import json_body
from settings.roles import CLINICAL_ROLES

blueprint = ApiBlueprint("extractions", __name__, description="Reading de-identified notes")


BODY = {"required": True, "content": {"application/json": {"schema": NoteSchema}}}


@blueprint.route("/extractions", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 413, 415, 422))
@blueprint.doc(requestBody=BODY)
@blueprint.response(200, ExtractionSchema)
def extract_note() -> dict[str, Any]:
    """Read a de-identified note; nothing is stored.

    A note with an identifier of a known form is rejected with the kind and place of the identifier. The check misses
    names that carry no title or label, and the sender is responsible for the note.
    """
    body = json_body()
    if not isinstance(body, dict):
        raise InputError([Fault("", "must be an object with `note`")])
    if unknown := set(body) - set(NOTE_KEYS):
        raise InputError([Fault("", f"{len(unknown)} unknown key(s)", f"known are {', '.join(NOTE_KEYS)}")])
    return read_note(body).to_json()
