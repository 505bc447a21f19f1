"""What a note says: facts with the words behind them. Nothing is stored."""

from typing import Any

from marshmallow import Schema, fields

from extraction.note import MAX_CHARACTERS
from schemas.inputs.faults import Fault, InputError
from service.actions.note_intake import OF_A_NOTE, read_note
from service.api.blueprint import ApiBlueprint
from service.api.payloads.notes import ExtractionSchema
from service.api.request_bodies import json_body
from settings.roles import CLINICAL_ROLES

blueprint = ApiBlueprint("extractions", __name__, description="Reading de-identified notes")


class NoteSchema(Schema):
    """A note to be read."""

    note = fields.String(
        required=True, metadata={"maxLength": MAX_CHARACTERS, "minLength": 1, "description": "de-identified prose"}
    )
    deidentified = fields.Boolean(required=True, metadata={"enum": [True], "description": "the sender asserts it"})
    as_of = fields.Integer(
        allow_none=True,
        metadata={"minimum": 1900, "maximum": 2200, "description": "year of the note: dates the years in it"},
    )


BODY = {"required": True, "content": {"application/json": {"schema": NoteSchema}}}


@blueprint.route("/extractions", methods=["POST"])
@blueprint.guarded(*CLINICAL_ROLES, problems=(400, 413, 415, 422))
@blueprint.doc(requestBody=BODY)
@blueprint.response(200, ExtractionSchema)
def extract_note() -> dict[str, Any]:
    """Read a de-identified note; nothing is stored.

    A note with an identifier of a known form is refused with its kind and place. The check is a tripwire: a name
    without a cue passes, and the sender answers for the note.
    """
    body = json_body()
    if not isinstance(body, dict):
        raise InputError([Fault("", "must be an object with `note`")])
    if unknown := set(body) - set(OF_A_NOTE):
        raise InputError([Fault("", f"{len(unknown)} unknown key(s)", f"known are {', '.join(OF_A_NOTE)}")])
    return read_note(body).to_json()
