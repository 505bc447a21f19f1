"""Submissions, patients and their matches as the API shows them."""

from marshmallow import Schema, fields, validate

from service.api.payloads.notes import StoredNoteSchema
from service.api.payloads.parameters import ID_PATTERN, WholeNumber
from storage.states import SUBMISSION_STATES
from verdicts.match_schema import MatchResultSchema


class VersionQuery(Schema):
    """Which submitted version of a patient to return."""

    version = WholeNumber(
        validate=validate.Range(1, 2**31 - 1, error="versions count from 1"),
        metadata={"description": "number of a submitted version; the newest if omitted"},
    )


class LinksSchema(Schema):
    """Addresses of a patient."""

    patient = fields.String(required=True)
    matches = fields.String(required=True)


class SubmissionSchema(Schema):
    """A stored submission, which is matched next."""

    id = fields.String(required=True, metadata={"pattern": ID_PATTERN})
    version = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(SUBMISSION_STATES)})
    replayed = fields.Boolean(
        required=True, metadata={"description": "true if this Idempotency-Key was answered before"}
    )
    contradictions = fields.List(
        fields.Dict(),
        metadata={"description": "facts on which the note and the structured facts disagree; they count as unknown"},
    )
    links = fields.Nested(LinksSchema, required=True)


class PatientHeadSchema(Schema):
    """A patient in a list."""

    id = fields.String(required=True, metadata={"pattern": ID_PATTERN})
    patient_ref = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(SUBMISSION_STATES)})
    submitted_at = fields.DateTime(required=True)
    matched_at = fields.DateTime(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "why a parked patient could not be matched"}
    )
    links = fields.Nested(LinksSchema, required=True)


class PatientDetailSchema(PatientHeadSchema):
    """A patient with the newest summary."""

    summary = fields.Raw(required=True, metadata={"type": "object", "description": "as submitted, normalised"})
    note = fields.Nested(
        StoredNoteSchema,
        required=True,
        allow_none=True,
        metadata={"description": "what was read from the note; null if the submission had none"},
    )


class PatientListSchema(Schema):
    """Patients of the site."""

    patients = fields.List(fields.Nested(PatientHeadSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "address of the next part"})


class StoredMatchesSchema(MatchResultSchema):
    """A match result with the state of the matching; `matches` is empty until it is done."""

    state = fields.String(required=True, metadata={"enum": list(SUBMISSION_STATES)})
    version = fields.Integer(required=True)
    matched_at = fields.DateTime(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "why a parked patient could not be matched"}
    )
