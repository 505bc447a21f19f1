"""Batches as the API shows them: read options, progress, results and attrition."""

from marshmallow import Schema, fields, validate

from matching.verdict import VERDICTS
from registry.options import FORMATS
from schemas.summary.quantity import FIRST_YEAR, LAST_YEAR
from schemas.trials.trial_schema import TRIAL_ID
from service.actions.export_batch import RESULT_TYPES
from service.api.payloads.parameters import ID_PATTERN, IdempotencyHeader, WholeNumber
from storage.states import SHOWN_BATCH_STATES


class BatchHeaders(IdempotencyHeader):
    """Headers of an upload."""

    options = fields.String(
        data_key="X-Read-Options",
        validate=validate.Regexp("^[ -~]{2,8000}$", error="JSON in ASCII"),
        metadata={"description": "JSON object of read options, such as mapping, delimiter, decimal, long, missing"},
    )


class BatchQuery(Schema):
    """The read options that most files need; X-Read-Options takes the others."""

    deidentified = fields.String(
        required=True,
        validate=validate.Equal("true", error="must be true: you confirm that the file is de-identified"),
        metadata={"enum": ["true"], "description": "you confirm that the file is de-identified"},
    )
    format = fields.String(
        validate=validate.OneOf(FORMATS, error=f"one of {', '.join(FORMATS)}"),
        metadata={"description": "detected if omitted"},
    )
    assume_complete = fields.String(
        validate=validate.Regexp("^[a-z_.,]{1,400}$", error="names of lists, separated by commas"),
        metadata={"description": "lists to assume complete unless a row says otherwise, such as therapies"},
    )
    notes = fields.String(
        validate=validate.Length(1, 200, error="the name of a column"),
        metadata={"description": "the column with de-identified notes"},
    )
    as_of = WholeNumber(
        validate=validate.Range(FIRST_YEAR, LAST_YEAR, error="must be a year"),
        metadata={"description": "the year of the file; dates the years in it"},
    )


class ProgressSchema(Schema):
    """The progress of a batch. `rows` counts all rows read so far, also those that could not be matched."""

    rows = fields.Integer(required=True)
    matched = fields.Integer(required=True)
    bad = fields.Integer(required=True, metadata={"description": "rows that could not be matched; see errors"})
    chunks = fields.Integer(required=True)
    chunks_done = fields.Integer(required=True)
    chunks_parked = fields.Integer(
        required=True, metadata={"description": "chunks given up after repeated failures; their rows are in errors"}
    )
    rows_per_second = fields.Float(required=True, allow_none=True)
    seconds_left = fields.Float(
        required=True, allow_none=True, metadata={"description": "null until it can be estimated"}
    )


class FileFaultSchema(Schema):
    """An error of the file itself."""

    path = fields.String(required=True)
    message = fields.String(required=True)
    hint = fields.String()


class BatchLinksSchema(Schema):
    """Addresses of a batch."""

    batch = fields.String(required=True)
    results = fields.String(required=True)
    errors = fields.String(required=True)
    attrition = fields.String(required=True)


class BatchHeadSchema(Schema):
    """A batch in a list."""

    id = fields.String(required=True, metadata={"pattern": ID_PATTERN})
    state = fields.String(required=True, metadata={"enum": list(SHOWN_BATCH_STATES)})
    submitted_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    bytes = fields.Integer(required=True, metadata={"description": "size of the file as it was sent"})
    progress = fields.Nested(ProgressSchema, required=True)
    faults = fields.List(fields.Nested(FileFaultSchema), required=True)
    error = fields.String(required=True, allow_none=True, metadata={"description": "why the batch failed"})
    links = fields.Nested(BatchLinksSchema, required=True)


class TrialCountsSchema(Schema):
    """Rows matched so far, by verdict."""

    trial = fields.String(required=True)
    version = fields.String(required=True)
    eligible = fields.Integer(required=True)
    possible = fields.Integer(required=True)
    ineligible = fields.Integer(required=True)


class BatchSchema(BatchHeadSchema):
    """A batch with the trial versions it is screened against, and their counts."""

    notice = fields.String(required=True)
    replayed = fields.Boolean(metadata={"description": "true if this Idempotency-Key was answered before"})
    round = fields.Integer(required=True, metadata={"description": "number of re-screens"})
    assumed_complete = fields.List(
        fields.String(), required=True, metadata={"description": "lists that were assumed complete"}
    )
    trials = fields.List(fields.Nested(TrialCountsSchema), required=True)


class BatchListSchema(Schema):
    """Batches of the site, newest first."""

    batches = fields.List(fields.Nested(BatchHeadSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "address of the next part"})


class ResultsQuery(Schema):
    """Which results to return, and in which format."""

    format = fields.String(
        load_default="parquet",
        validate=validate.OneOf(RESULT_TYPES, error=f"one of {', '.join(RESULT_TYPES)}"),
        metadata={"description": "parquet, ndjson or csv"},
    )
    trial = fields.String(
        validate=validate.Regexp(f"^{TRIAL_ID}$", error="not an id of a trial"),
        metadata={"description": "only this trial"},
    )
    verdict = fields.String(
        validate=validate.OneOf(VERDICTS, error=f"one of {', '.join(VERDICTS)}"),
        metadata={"description": "only rows with this verdict for `trial`, or for any trial if `trial` is omitted"},
    )


class TemplateQuery(Schema):
    """Which template to return."""

    form = fields.String(
        load_default="wide",
        validate=validate.OneOf(("wide", "long"), error="wide or long"),
        metadata={"description": "wide: one row per patient; long: one row per record"},
    )


class CriterionCountsSchema(Schema):
    """How many patients a criterion excludes, and for how many it is unknown: alone, and after those before it.

    `left_unknown` counts the patients left after it for whom this criterion or an earlier criterion is unknown.
    """

    path = fields.String(required=True)
    alone = fields.Integer(required=True)
    alone_unknown = fields.Integer(required=True)
    in_sequence = fields.Integer(required=True)
    in_sequence_unknown = fields.Integer(required=True)
    left_unknown = fields.Integer(required=True)


class TrialAttritionSchema(TrialCountsSchema):
    attrition = fields.List(fields.Nested(CriterionCountsSchema), required=True)


class AttritionSchema(Schema):
    """Counts and attrition of the rows screened so far."""

    notice = fields.String(required=True)
    rows = fields.Integer(required=True)
    matched = fields.Integer(required=True)
    bad = fields.Integer(required=True)
    assumed_complete = fields.List(fields.String(), required=True)
    trials = fields.List(fields.Nested(TrialAttritionSchema), required=True)
