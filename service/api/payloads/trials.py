"""What the API says of trials in the making: faults by file and line, versions, differences, re-screens."""

from typing import Any

from marshmallow import Schema, fields, validate

from authoring.check import CheckedTrial
from schemas.inputs.faults import Fault
from schemas.trials.trial_file import TRIAL_ID
from service.api.payloads.general import ID, PageQuery, TrialHeadSchema, WholeNumber
from storage.states import RESCREEN_STATES

VERSION = "^[0-9a-f]{8,64}$"
SAMPLE = 200
MAX_SAMPLE = 1000
"""Patients that one request for a difference looks at, some 2 ms each; `next` leads to the others."""


class FindingSchema(Schema):
    """One thing wrong or odd in a trial file; `message` is the line that the command line prints."""

    file = fields.String(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    path = fields.String(required=True)
    detail = fields.String(required=True)
    hint = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)


class CheckedSchema(Schema):
    """What is wrong with a trial file (`faults`, which keep it from being stored), what is odd, and its cases."""

    trial = fields.String(required=True, allow_none=True)
    version = fields.String(required=True, allow_none=True)
    faults = fields.List(fields.Nested(FindingSchema), required=True)
    warnings = fields.List(fields.Nested(FindingSchema), required=True)
    cases = fields.Integer(required=True, metadata={"description": "how many were run"})
    failed = fields.Integer(required=True, metadata={"description": "how many came out otherwise than expected"})


class CheckQuery(Schema):
    """Of which trial the text should be."""

    trial = fields.String(
        validate=validate.Regexp(f"^{TRIAL_ID}$", error="not an id of a trial"),
        metadata={"description": "the trial that the text should be of; whichever it names if left out"},
    )


class BaseQuery(Schema):
    """From which version an edit began."""

    base = fields.String(
        validate=validate.Regexp(VERSION, error="not a version of a trial"),
        metadata={"description": "the version that was edited: refused if it is no longer current"},
    )


class StoredTrialSchema(TrialHeadSchema):
    """A stored version. `created`: whether it is another than was current."""

    created = fields.Boolean(required=True)
    warnings = fields.List(fields.Nested(FindingSchema), required=True)


class TrialVersionSchema(Schema):
    """One version of a trial."""

    version = fields.String(required=True)
    origin = fields.String(required=True, metadata={"enum": ["library", "site"]})
    created_at = fields.DateTime(required=True)
    current = fields.Boolean(required=True)


class TrialVersionListSchema(Schema):
    """The versions of a trial, the newest first."""

    versions = fields.List(fields.Nested(TrialVersionSchema), required=True)


class DiffQuery(PageQuery):
    """Which versions to compare, on which patients."""

    from_ = fields.String(
        data_key="from",
        validate=validate.Regexp(VERSION, error="not a version of a trial"),
        metadata={"description": "the older version; the one before `to` if left out"},
    )
    to = fields.String(
        validate=validate.Regexp(VERSION, error="not a version of a trial"),
        metadata={"description": "the newer version; the current one if left out"},
    )
    limit = WholeNumber(
        load_default=SAMPLE,
        validate=validate.Range(0, MAX_SAMPLE, error=f"must lie between 0 and {MAX_SAMPLE}"),
        metadata={"description": "how many patients to look at, at most"},
    )


class ChangeSchema(Schema):
    """One difference between two versions."""

    what = fields.String(required=True, metadata={"enum": ["head", "added", "removed", "changed", "reworded", "moved"]})
    path = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class MovedPatientSchema(Schema):
    """A patient whom the change moves; `because` are the lines that do it."""

    id = fields.String(required=True, metadata={"pattern": ID})
    patient = fields.String(required=True, metadata={"description": "the reference of the patient"})
    before = fields.String(required=True)
    after = fields.String(required=True)
    cohorts_before = fields.List(fields.String(), required=True)
    cohorts_after = fields.List(fields.String(), required=True)
    because = fields.List(fields.String(), required=True)


class MoveSchema(Schema):
    """How many patients go from which verdict to which."""

    before = fields.String(required=True)
    after = fields.String(required=True)
    patients = fields.Integer(required=True)


class MovedSchema(Schema):
    """Of the patients looked at, those who move. Only roles that may see patients are told who (`patients`)."""

    read = fields.Integer(required=True)
    moves = fields.List(fields.Nested(MoveSchema), required=True)
    patients = fields.List(fields.Nested(MovedPatientSchema))


class TrialDiffSchema(Schema):
    """What changed between two versions, and whom that moves."""

    trial = fields.String(required=True)
    older = fields.String(required=True)
    newer = fields.String(required=True)
    changes = fields.List(fields.Nested(ChangeSchema), required=True)
    moved = fields.Nested(MovedSchema, required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "address of the next patients"})


class RescreenSchema(Schema):
    """How far a re-screen is. `overtaken`: another version took the place of this one."""

    trial = fields.String(required=True)
    version = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(RESCREEN_STATES)})
    patients = fields.Integer(required=True, metadata={"description": "of the site when it was asked for"})
    seen = fields.Integer(required=True)
    moves = fields.List(fields.Nested(MoveSchema), required=True)
    requested_at = fields.DateTime(required=True)
    finished_at = fields.DateTime(required=True, allow_none=True)


def finding(fault: Fault) -> dict[str, Any]:
    """A fault with its place, and as the command line prints it."""
    return {
        "file": fault.file, "line": fault.line, "path": fault.path or "$", "detail": fault.message, "hint": fault.hint,
        "message": str(fault),
    }  # fmt: skip


def checked_card(checked: CheckedTrial) -> dict[str, Any]:
    """What was found in a trial file."""
    known = checked.trial
    return {
        "trial": known.id if known else None,
        "version": known.version if known else None,
        "faults": [finding(one) for one in checked.faults],
        "warnings": [finding(one) for one in checked.warnings],
        "cases": len(checked.cases),
        "failed": len(checked.failed),
    }


def moves_card(moves: dict[str, int]) -> list[dict[str, Any]]:
    """The counts of `before>after` as records."""
    parts = ((*key.partition(">")[::2], count) for key, count in sorted(moves.items()))
    return [{"before": before, "after": after, "patients": count} for before, after, count in parts]
