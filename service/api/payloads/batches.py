"""What the API says of batches: how a file is to be read, how far a batch is, what came out."""

from marshmallow import Schema, fields, validate

from matching.verdict import VERDICTS
from service.api.payloads.general import ID, IdempotencyHeader, WholeNumber
from storage.states import SHOWN_BATCH_STATES

FILE_FORMATS = ("ndjson", "csv", "tsv", "parquet")
RESULT_FORMATS = ("parquet", "ndjson", "csv")


class BatchHeaders(IdempotencyHeader):
    """What goes with a file."""

    options = fields.String(
        data_key="X-Read-Options",
        validate=validate.Regexp("^[ -~]{2,8000}$", error="JSON in ASCII"),
        metadata={"description": "JSON: every option of reading, such as mapping, delimiter, decimal, long, missing"},
    )


class BatchQuery(Schema):
    """The options that most files need; all others go into X-Read-Options."""

    deidentified = fields.String(
        required=True,
        validate=validate.Equal("true", error="must be true: the sender asserts that the file is de-identified"),
        metadata={"enum": ["true"], "description": "the sender asserts it"},
    )
    format = fields.String(
        validate=validate.OneOf(FILE_FORMATS, error=f"one of {', '.join(FILE_FORMATS)}"),
        metadata={"description": "found out from the file if left out"},
    )
    assume_complete = fields.String(
        validate=validate.Regexp("^[a-z_.,]{1,400}$", error="names of lists, with commas between them"),
        metadata={"description": "lists that leave nothing out unless a row says otherwise, such as therapies"},
    )
    notes = fields.String(
        validate=validate.Length(1, 200, error="the name of a column"),
        metadata={"description": "the column that holds de-identified notes"},
    )
    as_of = WholeNumber(
        validate=validate.Range(1900, 2200, error="must be a year"),
        metadata={"description": "the year that years in the file are seen from"},
    )


class ProgressSchema(Schema):
    """How far a batch is. `rows` are those read so far, good and bad."""

    rows = fields.Integer(required=True)
    matched = fields.Integer(required=True)
    bad = fields.Integer(required=True, metadata={"description": "rows that could not be matched: see errors"})
    chunks = fields.Integer(required=True)
    chunks_done = fields.Integer(required=True)
    chunks_parked = fields.Integer(required=True, metadata={"description": "given up: their rows are in errors"})
    rows_per_second = fields.Float(required=True, allow_none=True)
    seconds_left = fields.Float(required=True, allow_none=True, metadata={"description": "null until it can be told"})


class FileFaultSchema(Schema):
    """What is wrong with the file itself."""

    path = fields.String(required=True)
    message = fields.String(required=True)
    hint = fields.String()


class BatchLinksSchema(Schema):
    """Where to go on."""

    batch = fields.String(required=True)
    results = fields.String(required=True)
    errors = fields.String(required=True)
    attrition = fields.String(required=True)


class BatchHeadSchema(Schema):
    """A batch in a list."""

    id = fields.String(required=True, metadata={"pattern": ID})
    state = fields.String(required=True, metadata={"enum": list(SHOWN_BATCH_STATES)})
    submitted_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)
    bytes = fields.Integer(required=True, metadata={"description": "of the file, as it was sent"})
    progress = fields.Nested(ProgressSchema, required=True)
    faults = fields.List(fields.Nested(FileFaultSchema), required=True)
    error = fields.String(required=True, allow_none=True, metadata={"description": "why it was given up"})
    links = fields.Nested(BatchLinksSchema, required=True)


class TrialCountsSchema(Schema):
    """Matched rows by verdict, so far."""

    trial = fields.String(required=True)
    version = fields.String(required=True)
    eligible = fields.Integer(required=True)
    possible = fields.Integer(required=True)
    ineligible = fields.Integer(required=True)


class BatchSchema(BatchHeadSchema):
    """A batch with the trial versions that make its results, and their counts."""

    notice = fields.String(required=True)
    replayed = fields.Boolean(metadata={"description": "whether this Idempotency-Key had been answered before"})
    round = fields.Integer(required=True, metadata={"description": "0, and one more with each re-screening"})
    assumed_complete = fields.List(
        fields.String(), required=True, metadata={"description": "lists that were taken to leave nothing out"}
    )
    trials = fields.List(fields.Nested(TrialCountsSchema), required=True)


class BatchListSchema(Schema):
    """Batches of the site, newest first."""

    batches = fields.List(fields.Nested(BatchHeadSchema), required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "address of the next part"})


class ResultsQuery(Schema):
    """Which results, and how."""

    format = fields.String(
        load_default="parquet",
        validate=validate.OneOf(RESULT_FORMATS, error=f"one of {', '.join(RESULT_FORMATS)}"),
        metadata={"description": "parquet, ndjson or csv"},
    )
    trial = fields.String(
        validate=validate.Regexp("^[A-Z]{2,6}[0-9][0-9-]{3,30}$", error="not an id of a trial"),
        metadata={"description": "this trial alone"},
    )
    verdict = fields.String(
        validate=validate.OneOf(VERDICTS, error=f"one of {', '.join(VERDICTS)}"),
        metadata={"description": "only rows with this verdict for the trial, or for any trial if none is named"},
    )


class TemplateQuery(Schema):
    """Which template."""

    form = fields.String(
        load_default="wide",
        validate=validate.OneOf(("wide", "long"), error="wide or long"),
        metadata={"description": "wide: a row a patient; long: a row a record"},
    )


class CriterionCountsSchema(Schema):
    """How many patients a criterion removes, and for how many it is unknown: alone, and of those left before it.

    `left_unknown`: of those left after it, for whom it or one before it is unknown.
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
