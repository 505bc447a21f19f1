"""What was read from a note, as the API shows it: facts with the words behind them."""

from marshmallow import Schema, fields


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
    """The burden of disease, and why."""

    value = fields.String(required=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ReadContradictionSchema(Schema):
    """Statements of one note that exclude each other."""

    fact = fields.String(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)


class ExtractionSchema(Schema):
    """What a note says."""

    summary = fields.Dict(required=True)
    facts = fields.List(fields.Nested(ReadFactSchema), required=True)
    burden = fields.Nested(BurdenSchema, required=True, allow_none=True)
    contradictions = fields.List(fields.Nested(ReadContradictionSchema), required=True)
    notice = fields.String(required=True)


class StoredNoteSchema(Schema):
    """What a stored patient's note says, beside the facts that were sent with it."""

    facts = fields.List(fields.Nested(ReadFactSchema), required=True)
    burden = fields.Nested(BurdenSchema, required=True, allow_none=True)
    contradictions = fields.List(
        fields.Dict(),
        required=True,
        metadata={"description": "where the note disagrees with itself or with the facts sent beside it: left unknown"},
    )
    notice = fields.String(required=True)
    text = fields.String(
        required=True, allow_none=True, metadata={"description": "the note itself, if the site keeps notes"}
    )
