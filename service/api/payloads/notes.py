"""Notes as clients send them, and what is read from them, as the API shows it."""

from marshmallow import Schema, fields

from extraction.note_text import MAX_NOTE_CHARACTERS
from schemas.summary.quantity import FIRST_YEAR, LAST_YEAR


class NoteSchema(Schema):
    """A note to read."""

    note = fields.String(
        required=True, metadata={"maxLength": MAX_NOTE_CHARACTERS, "minLength": 1, "description": "de-identified prose"}
    )
    deidentified = fields.Boolean(
        required=True, metadata={"enum": [True], "description": "you confirm that the note is de-identified"}
    )
    as_of = fields.Integer(
        allow_none=True,
        metadata={
            "minimum": FIRST_YEAR,
            "maximum": LAST_YEAR,
            "description": "year of the note; dates the years in it",
        },
    )


class EvidenceSchema(Schema):
    """A span of the note. `text` is the note from `start` to `end`."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    text = fields.String(required=True)
    rule = fields.String()
    cue = fields.String()


class ReadFactSchema(Schema):
    """A fact read from a note. Only a fact that is `used` is in the summary."""

    kind = fields.String(required=True)
    paths = fields.List(fields.String(), required=True)
    value = fields.Dict(required=True)
    certainty = fields.String(required=True, metadata={"enum": ["stated", "uncertain", "inferred"]})
    context = fields.List(fields.String(), required=True)
    used = fields.Boolean(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class BurdenSchema(Schema):
    """The burden of disease, and why."""

    value = fields.String(required=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ReadContradictionSchema(Schema):
    """Statements of one note that exclude each other."""

    fact = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ExtractionSchema(Schema):
    """The facts of a note."""

    summary = fields.Dict(required=True)
    facts = fields.List(fields.Nested(ReadFactSchema), required=True)
    burden = fields.Nested(BurdenSchema, required=True, allow_none=True)
    contradictions = fields.List(fields.Nested(ReadContradictionSchema), required=True)
    notice = fields.String(required=True)


class StoredNoteSchema(Schema):
    """The facts read from a stored patient's note, next to the structured facts sent with it."""

    facts = fields.List(fields.Nested(ReadFactSchema), required=True)
    burden = fields.Nested(BurdenSchema, required=True, allow_none=True)
    contradictions = fields.List(
        fields.Dict(),
        required=True,
        metadata={
            "description": "where the note contradicts itself or the facts sent with it; these facts count as unknown"
        },
    )
    notice = fields.String(required=True)
    text = fields.String(
        required=True, allow_none=True, metadata={"description": "the note itself, if the site keeps notes"}
    )
