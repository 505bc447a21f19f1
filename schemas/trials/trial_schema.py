"""The YAML shape of a trial file: its head, cohorts and cases."""

from typing import Any

from marshmallow import fields, validate

from matching.verdict import VERDICTS
from schemas.criteria.language import CriteriaField
from schemas.summary.fields import field_error
from schemas.summary.sections import FactSchema

STATUSES = (
    "not_yet_recruiting", "recruiting", "enrolling_by_invitation", "active_not_recruiting", "suspended", "terminated",
    "completed", "withdrawn", "unknown",
)  # fmt: skip  # overallStatus of ClinicalTrials.gov API v2
COHORT_STATUSES = ("open", "closed")
TRIAL_ID = r"[A-Z]{2,6}[0-9][0-9-]{3,30}"
"""The number of a trial register, such as NCT02152995."""
MAX_CASES = 500
"""A case costs milliseconds, and all are run before a version is stored; the largest packaged trial has under 50."""
COMPLETENESS = ("complete", "nearly_complete", "key_criteria", "partial", "summary_only")


def _word_or_number(value: Any) -> None:
    """A phase, a year or the id of a cohort may be written as a number.

    Raises: ValidationError for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, str | int) or not 0 < len(str(value)) <= 80:
        raise field_error("must be a word or a number")


class StatusSchema(FactSchema):
    """Whether the trial recruits, and when that was last looked up."""

    value = fields.String(required=True, validate=validate.OneOf(STATUSES))
    seen = fields.Raw(validate=_word_or_number, metadata={"description": "the year or month in which it was looked up"})


class CohortSchema(FactSchema):
    """A cohort or arm with its own criteria."""

    id = fields.Raw(required=True, validate=_word_or_number)
    title = fields.String(required=True)
    status = fields.String(
        validate=validate.OneOf(COHORT_STATUSES),
        metadata={"description": "`closed` if nobody can join the cohort any more: it makes no patient eligible"},
    )
    include = CriteriaField()
    exclude = CriteriaField()  # type: ignore[assignment]  # marshmallow uses the name for an option


class PartialSummaryField(fields.Raw):
    """Facts of a patient summary, checked when the case is run."""


class CaseSchema(FactSchema):
    """A test of the trial: a patient and the expected verdict."""

    name = fields.String(required=True)
    patient = PartialSummaryField(required=True)
    expect = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    cohorts = fields.List(fields.Raw(validate=_word_or_number))
    missing = fields.List(fields.String())


class BulletsSchema(FactSchema):
    """How many bullets the source has, even if not all could be read; criteria name the bullets they account for."""

    include = fields.Integer(required=True, strict=True, validate=validate.Range(0, 99))
    exclude = fields.Integer(  # type: ignore[assignment]  # as in CohortSchema
        required=True, strict=True, validate=validate.Range(0, 99)
    )


def _described(description: str) -> dict[str, str]:
    return {"description": description}


class TrialSchema(FactSchema):
    """The head of a trial file; `schemas.criteria.language` reads the criteria."""

    id = fields.String(
        required=True,
        validate=validate.Regexp(rf"^{TRIAL_ID}$"),
        metadata=_described("the trial's number on ClinicalTrials.gov or EUCTR, such as NCT02152995"),
    )
    title = fields.String(
        required=True, validate=validate.Length(min=3, max=300), metadata=_described("what it tests, in your own words")
    )
    acronym = fields.String()
    phase = fields.List(
        fields.Raw(validate=_word_or_number), load_default=list, metadata=_described("phases, such as [2] or [1, 2]")
    )
    status = fields.Nested(StatusSchema, required=True)
    setting = fields.String(metadata=_described("what the trial is for, such as adjuvant_rai"))
    source = fields.String(
        required=True,
        validate=validate.URL(schemes={"https"}),
        metadata=_described("address of the ClinicalTrials.gov record"),
    )
    completeness = fields.String(
        required=True, validate=validate.OneOf(COMPLETENESS), metadata=_described("how much of the source is encoded")
    )
    note = fields.String(metadata=_described("what a reader should know about the source or the encoding"))
    requires = fields.List(fields.String(), metadata=_described("packages that the trial file needs"))
    bullets = fields.Nested(BulletsSchema)
    include = CriteriaField(required=True, metadata=_described("every criterion must be met"))
    exclude = CriteriaField(  # type: ignore[assignment]  # marshmallow uses the name for an option
        metadata=_described("no criterion may be met")
    )
    cohorts = fields.List(
        fields.Nested(CohortSchema),
        validate=validate.Length(max=100),
        metadata=_described("groups or arms with their own criteria"),
    )
    base_patient = PartialSummaryField(metadata=_described("what the patients of the cases have in common"))
    cases = fields.List(
        fields.Nested(CaseSchema),
        validate=validate.Length(max=MAX_CASES),
        metadata=_described("tests: example patients with the expected verdict"),
    )
