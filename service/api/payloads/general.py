"""What the API says besides summaries and verdicts: submissions, lists, problems, cards of trials and terms."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from service.api.payloads.notes import StoredNoteSchema
from storage.states import SUBMISSION_STATES
from verdicts.match_schema import MatchResultSchema

ID = "^[0-9a-f]{32}$"
MAX_PAGE = 200


class WholeNumber(fields.Field[int]):
    """An integer as JSON Schema means it: 3 and 3.0 are one number; marshmallow's own field takes 3.0 for wrong."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValidationError("not a whole number") from None
        if isinstance(value, bool) or not number.is_integer():
            raise ValidationError("not a whole number")
        return int(number)


class PageQuery(Schema):
    """Which part of a list."""

    limit = WholeNumber(
        load_default=50,
        validate=validate.Range(1, MAX_PAGE, error=f"must lie between 1 and {MAX_PAGE}"),
        metadata={"description": "how many at most"},
    )
    after = fields.String(
        validate=validate.Regexp(ID, error="not an id of this list"),
        metadata={"description": "the id of the last one already seen"},
    )


class VersionQuery(Schema):
    """Which submitted version of a patient."""

    version = WholeNumber(
        validate=validate.Range(1, 2**31 - 1, error="versions count from 1"),
        metadata={"description": "the number of a submitted version; the newest if left out"},
    )


class TrialVersionQuery(Schema):
    """Which version of a trial."""

    version = fields.String(
        validate=validate.Regexp("^[0-9a-f]{8,64}$", error="not a version of a trial"),
        metadata={"description": "a content hash, as results name it; the current version if left out"},
    )


class IdempotencyHeader(Schema):
    """The client's own name for a request, so that a repeat is not a second submission."""

    key = fields.String(
        data_key="Idempotency-Key",
        validate=validate.Regexp("^[!-~]{1,200}$", error="1 to 200 visible ASCII characters"),
        metadata={"description": "any random word; the same for a repeat of the same request"},
    )


class FamilyQuery(Schema):
    """Which family of definitions."""

    family = fields.String(
        validate=validate.Regexp("^[a-z][a-z0-9-]{0,63}$", error="not a name of a family"),
        metadata={"description": "such as rai-refractory; all families if left out"},
    )


class ErrorSchema(Schema):
    """One thing wrong with a request; the value itself is never repeated."""

    location = fields.String(
        data_key="in", required=True, metadata={"enum": ["body", "query", "header", "path"], "description": "where"}
    )
    path = fields.String(required=True, metadata={"description": "JSON path; $ is the whole body"})
    detail = fields.String(required=True)
    hint = fields.String()
    file = fields.String(metadata={"description": "of a trial: its file"})
    line = fields.Integer(metadata={"description": "of a trial: the line of its file"})


class ProblemSchema(Schema):
    """A problem document (RFC 9457)."""

    type = fields.String(required=True, metadata={"format": "uri"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True, metadata={"description": "quote it when you report the problem"})
    errors = fields.List(fields.Nested(ErrorSchema))


class LinksSchema(Schema):
    """Where to go on."""

    patient = fields.String(required=True)
    matches = fields.String(required=True)


class SubmissionSchema(Schema):
    """A stored submission, which is matched next."""

    id = fields.String(required=True, metadata={"pattern": ID})
    version = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(SUBMISSION_STATES)})
    replayed = fields.Boolean(
        required=True, metadata={"description": "whether this Idempotency-Key had been answered before"}
    )
    contradictions = fields.List(
        fields.Dict(), metadata={"description": "where a note and the facts sent with it disagree: left unknown"}
    )
    links = fields.Nested(LinksSchema, required=True)


class PatientHeadSchema(Schema):
    """A patient in a list."""

    id = fields.String(required=True, metadata={"pattern": ID})
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
    """A patient with the summary that was submitted last."""

    summary = fields.Raw(required=True, metadata={"type": "object", "description": "as submitted, read and normalised"})
    note = fields.Nested(
        StoredNoteSchema, required=True, allow_none=True, metadata={"description": "if it came with a note"}
    )


class PatientListSchema(Schema):
    """Patients of the site."""

    patients = fields.List(fields.Nested(PatientHeadSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "address of the next part"})


class StoredMatchesSchema(MatchResultSchema):
    """The verdict shape, and how far the matching is; `matches` is empty until it is done."""

    state = fields.String(required=True, metadata={"enum": list(SUBMISSION_STATES)})
    version = fields.Integer(required=True)
    matched_at = fields.DateTime(required=True, allow_none=True)
    error = fields.String(
        required=True, allow_none=True, metadata={"description": "why a parked patient could not be matched"}
    )


class TrialStatusSchema(Schema):
    value = fields.String(required=True)
    seen = fields.String(required=True)
    recruiting = fields.Boolean(required=True)


class TrialHeadSchema(Schema):
    """A trial in a list."""

    id = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    phase = fields.List(fields.String(), required=True)
    status = fields.Nested(TrialStatusSchema, required=True)
    source = fields.String(required=True)
    completeness = fields.String(required=True)


class CriterionCardSchema(Schema):
    """One criterion in English."""

    path = fields.String(required=True)
    role = fields.String(required=True)
    kind = fields.String(required=True)
    text = fields.String(required=True)
    english = fields.String(required=True)
    note = fields.String()
    source_quality = fields.String()


class CohortCardSchema(Schema):
    """A cohort or arm of a trial."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    criteria = fields.List(fields.Nested(CriterionCardSchema), required=True)


class TrialCardSchema(TrialHeadSchema):
    """A trial with its criteria."""

    criteria = fields.List(fields.Nested(CriterionCardSchema), required=True)
    cohorts = fields.List(fields.Nested(CohortCardSchema), required=True)


class TrialListSchema(Schema):
    """The trials that the site matches against."""

    trials = fields.List(fields.Nested(TrialHeadSchema), required=True)


class DefinitionCardSchema(Schema):
    """A named definition with its provenance."""

    name = fields.String(required=True)
    family = fields.String(required=True)
    title = fields.String(required=True)
    english = fields.String(required=True)
    source = fields.String(required=True)
    sure = fields.String(required=True, metadata={"description": "how sure the source is"})
    note = fields.String()


class DefinitionListSchema(Schema):
    """Named definitions."""

    definitions = fields.List(fields.Nested(DefinitionCardSchema), required=True)


class TermSchema(Schema):
    """One code of a vocabulary."""

    code = fields.String(required=True)
    label = fields.String(required=True)
    synonyms = fields.List(fields.String(), required=True)
    parents = fields.List(fields.String(), required=True)
    group = fields.Boolean(required=True, metadata={"description": "stands for one of its members, which is not said"})


class VocabularyHeadSchema(Schema):
    """A vocabulary in a list."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    terms = fields.Integer(required=True, metadata={"description": "how many"})


class VocabularyListSchema(Schema):
    """The vocabularies that summaries are written in."""

    vocabularies = fields.List(fields.Nested(VocabularyHeadSchema), required=True)


class VocabularySchema(Schema):
    """A vocabulary with its terms."""

    name = fields.String(required=True)
    label = fields.String(required=True)
    terms = fields.List(fields.Nested(TermSchema), required=True)


class FactCardSchema(Schema):
    """A fact that a summary can state."""

    path = fields.String(required=True)
    type = fields.String(required=True)
    label = fields.String(required=True)
    help = fields.String()
    unit = fields.String(allow_none=True)
    vocabulary = fields.String(allow_none=True)


class FactListSchema(Schema):
    """Every fact that a summary can state."""

    facts = fields.List(fields.Nested(FactCardSchema), required=True)


class HealthSchema(Schema):
    """Whether the service can work."""

    status = fields.String(required=True, metadata={"enum": ["ok", "ready"]})
