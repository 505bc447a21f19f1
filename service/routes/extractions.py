"""What a note says: facts with the words behind them. Nothing is stored."""

from typing import Any

from marshmallow import Schema, fields

from extraction.note import MAX_CHARACTERS
from schemas.errors import Fault, InputError
from service.authentication import CLINICAL
from service.blueprint import Blueprint
from service.json_body import json_body
from service.notes import OF_THE_NOTE, read_note

blueprint = Blueprint("extractions", __name__, description="Reading de-identified notes")


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


class EvidenceSchema(Schema):
    """A stretch of the note. `text` is the note from `start` to `end`."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    text = fields.String(required=True)
    rule = fields.String()
    cue = fields.String()


class ReadFactSchema(Schema):
    """A fact as it was read. Only those that are `used` stand in the summary."""

    kind = fields.String(required=True)
    paths = fields.List(fields.String(), required=True)
    value = fields.Dict(required=True)
    certainty = fields.String(required=True, metadata={"enum": ["stated", "uncertain", "inferred"]})
    context = fields.List(fields.String(), required=True)
    used = fields.Boolean(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class BurdenSchema(Schema):
    value = fields.String(required=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ReadContradictionSchema(Schema):
    fact = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ExtractionSchema(Schema):
    """What a note says."""

    summary = fields.Dict(required=True)
    facts = fields.List(fields.Nested(ReadFactSchema), required=True)
    burden = fields.Nested(BurdenSchema, required=True, allow_none=True)
    contradictions = fields.List(fields.Nested(ReadContradictionSchema), required=True)
    notice = fields.String(required=True)


BODY = {"required": True, "content": {"application/json": {"schema": NoteSchema}}}


@blueprint.route("/extractions", methods=["POST"])
@blueprint.guarded(*CLINICAL, problems=(400, 413, 415, 422))
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
    if unknown := set(body) - set(OF_THE_NOTE):
        raise InputError([Fault("", f"{len(unknown)} unknown key(s)", f"known are {', '.join(OF_THE_NOTE)}")])
    return read_note(body).to_json()
