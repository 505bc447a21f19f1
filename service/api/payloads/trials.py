"""Trials as the API shows them: cards, errors of a trial file, versions, differences and re-screens."""

from typing import Any

from marshmallow import Schema, fields, validate

from authoring.check import CheckedTrial
from schemas.inputs.faults import Fault
from schemas.trials.trial_schema import COHORT_STATUSES, TRIAL_ID
from service.api.payloads.parameters import ID_PATTERN, PageQuery, WholeNumber
from storage.states import RESCREEN_STATES
from storage.trial_rescreens import RescreenView

VERSION_PATTERN = "^[0-9a-f]{8,64}$"
NOT_A_VERSION = "not a version of a trial"
DEFAULT_SAMPLE = 200
MAX_SAMPLE = 1000
"""Patients that one diff request examines, about 2 ms each; `next` leads to the rest."""


class TrialVersionQuery(Schema):
    """Which version of a trial to return."""

    version = fields.String(
        validate=validate.Regexp(VERSION_PATTERN, error=NOT_A_VERSION),
        metadata={"description": "a content hash, as results name it; the current version if omitted"},
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
    """A criterion in English."""

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
    status = fields.String(required=True, metadata={"enum": list(COHORT_STATUSES)})
    criteria = fields.List(fields.Nested(CriterionCardSchema), required=True)


class TrialCardSchema(TrialHeadSchema):
    """A trial with its criteria."""

    criteria = fields.List(fields.Nested(CriterionCardSchema), required=True)
    cohorts = fields.List(fields.Nested(CohortCardSchema), required=True)


class TrialListSchema(Schema):
    """The trials that the site matches against."""

    trials = fields.List(fields.Nested(TrialHeadSchema), required=True)


class FindingSchema(Schema):
    """An error or warning in a trial file; `message` is the line that the command line prints."""

    file = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    path = fields.String(required=True)
    detail = fields.String(required=True)
    hint = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)


class CheckedSchema(Schema):
    """The errors of a trial file (`faults`, which prevent storing it), its warnings, and its cases."""

    trial = fields.String(required=True, allow_none=True)
    version = fields.String(required=True, allow_none=True)
    faults = fields.List(fields.Nested(FindingSchema), required=True)
    warnings = fields.List(fields.Nested(FindingSchema), required=True)
    cases = fields.Integer(required=True, metadata={"description": "number of cases run"})
    failed = fields.Integer(required=True, metadata={"description": "number of cases with an unexpected result"})


class CheckQuery(Schema):
    """The trial that the text must encode."""

    trial = fields.String(
        validate=validate.Regexp(f"^{TRIAL_ID}$", error="not an id of a trial"),
        metadata={"description": "the trial that the text must encode; the trial that it names if omitted"},
    )


class BaseQuery(Schema):
    """The version that an edit started from."""

    base = fields.String(
        validate=validate.Regexp(VERSION_PATTERN, error=NOT_A_VERSION),
        metadata={"description": "the version that you edited; rejected if it is no longer current"},
    )


class StoredTrialSchema(TrialHeadSchema):
    """A stored version. `created` is false if the version was current already."""

    created = fields.Boolean(required=True)
    warnings = fields.List(fields.Nested(FindingSchema), required=True)


class TrialVersionSchema(Schema):
    """A version of a trial."""

    version = fields.String(required=True)
    origin = fields.String(required=True, metadata={"enum": ["library", "site"]})
    created_at = fields.DateTime(required=True)
    current = fields.Boolean(required=True)


class TrialVersionListSchema(Schema):
    """The versions of a trial, newest first."""

    versions = fields.List(fields.Nested(TrialVersionSchema), required=True)


class DiffQuery(PageQuery):
    """Which versions to compare, and on which patients."""

    from_ = fields.String(
        data_key="from",
        validate=validate.Regexp(VERSION_PATTERN, error=NOT_A_VERSION),
        metadata={"description": "the older version; the version before `to` if omitted"},
    )
    to = fields.String(
        validate=validate.Regexp(VERSION_PATTERN, error=NOT_A_VERSION),
        metadata={"description": "the newer version; the current version if omitted"},
    )
    limit = WholeNumber(
        load_default=DEFAULT_SAMPLE,
        validate=validate.Range(0, MAX_SAMPLE, error=f"must be between 0 and {MAX_SAMPLE}"),
        metadata={"description": "maximum number of patients to examine"},
    )


class ChangeSchema(Schema):
    """A difference between two versions."""

    what = fields.String(required=True, metadata={"enum": ["head", "added", "removed", "changed", "reworded", "moved"]})
    path = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class MovedPatientSchema(Schema):
    """A patient whose verdict changes; `because` lists the criteria that change it."""

    id = fields.String(required=True, metadata={"pattern": ID_PATTERN})
    patient = fields.String(required=True, metadata={"description": "reference of the patient"})
    before = fields.String(required=True)
    after = fields.String(required=True)
    cohorts_before = fields.List(fields.String(), required=True)
    cohorts_after = fields.List(fields.String(), required=True)
    because = fields.List(fields.String(), required=True)


class MoveSchema(Schema):
    """The number of patients whose verdict changes from `before` to `after`."""

    before = fields.String(required=True)
    after = fields.String(required=True)
    patients = fields.Integer(required=True)


class MovedSchema(Schema):
    """The affected patients among those examined. Only roles that may see patients get `patients`."""

    read = fields.Integer(required=True)
    moves = fields.List(fields.Nested(MoveSchema), required=True)
    patients = fields.List(fields.Nested(MovedPatientSchema))


class TrialDiffSchema(Schema):
    """The differences between two versions, and the affected patients."""

    trial = fields.String(required=True)
    older = fields.String(required=True)
    newer = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    moved = fields.Nested(MovedSchema, required=True)
    next = fields.String(
        required=True, allow_none=True, metadata={"description": "address of the next part of the patients"}
    )


class RescreenSchema(Schema):
    """The progress of a re-screen. `overtaken`: a newer version replaced this version."""

    trial = fields.String(required=True)
    version = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(RESCREEN_STATES)})
    patients = fields.Integer(
        required=True, metadata={"description": "patients of the site at the time of the request"}
    )
    seen = fields.Integer(required=True)
    moves = fields.List(fields.Nested(MoveSchema), required=True)
    requested_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


def finding(fault: Fault) -> dict[str, Any]:
    """A fault with its place, and the line that the command line prints."""
    return {
        "file": fault.file, "line": fault.line, "path": fault.path or "$", "detail": fault.message, "hint": fault.hint,
        "message": str(fault),
    }  # fmt: skip


def checked_card(checked: CheckedTrial) -> dict[str, Any]:
    """The result of checking a trial file."""
    trial = checked.trial
    return {
        "trial": trial.id if trial else None,
        "version": trial.version if trial else None,
        "faults": [finding(fault) for fault in checked.faults],
        "warnings": [finding(warning) for warning in checked.warnings],
        "cases": len(checked.cases),
        "failed": len(checked.failed),
    }


def moves_card(moves: dict[str, int]) -> list[dict[str, Any]]:
    """The counts of `before>after` as a list of records."""
    return [
        {"before": before, "after": after, "patients": count}
        for (before, _, after), count in ((key.partition(">"), count) for key, count in sorted(moves.items()))
    ]


def rescreen_card(view: RescreenView) -> dict[str, Any]:
    """The progress of a re-screen as JSON."""
    return {
        "trial": view.trial_id, "version": view.version, "state": view.state, "patients": view.patients,
        "seen": view.seen, "moves": moves_card(view.moves), "requested_at": view.requested_at,
        "finished_at": view.finished_at,
    }  # fmt: skip
