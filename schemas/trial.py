"""A trial as a YAML file: its head, its criteria, its cohorts, and the cases that test it."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from marshmallow import ValidationError, fields, validate

from matching.describe import describe
from matching.trial import Criterion, Role, Trial, TrialCohort
from schemas.definitions import packaged_definitions
from schemas.errors import Fault, InputError, faults_of, join
from schemas.fields import FactSchema
from schemas.language import Context, Line, read_criteria
from schemas.words import WORDS
from schemas.yaml_source import Source, read_yaml

STATUSES = (
    "not_yet_recruiting", "recruiting", "enrolling_by_invitation", "active_not_recruiting", "suspended", "terminated",
    "completed", "withdrawn", "unknown",
)  # fmt: skip  # overallStatus of ClinicalTrials.gov API v2
COMPLETENESS = ("complete", "nearly_complete", "key_criteria", "partial", "summary_only")


class StatusSchema(FactSchema):
    """Whether the trial recruits, and when that was seen."""

    value = fields.String(required=True, validate=validate.OneOf(STATUSES))
    seen = fields.Raw(metadata={"description": "the year or month in which it was seen"})


class CohortSchema(FactSchema):
    """A cohort or arm with criteria of its own."""

    id = fields.Raw(required=True)
    title = fields.String(required=True)
    include = fields.Raw()
    exclude = fields.Raw()  # type: ignore[assignment]  # marshmallow uses the name for an option


class CaseSchema(FactSchema):
    """An example that is a test: a patient and what must come out."""

    name = fields.String(required=True)
    patient = fields.Raw(required=True)
    expect = fields.String(required=True, validate=validate.OneOf(["eligible", "possible", "ineligible"]))
    cohorts = fields.List(fields.Raw())
    missing = fields.List(fields.String())


class BulletsSchema(FactSchema):
    """How many bullets the source has, seen or known of; each criterion names those it accounts for."""

    include = fields.Integer(required=True, strict=True)
    exclude = fields.Integer(required=True, strict=True)  # type: ignore[assignment]  # as in CohortSchema


class TrialSchema(FactSchema):
    """The head of a trial file; the criteria are read by the criteria language."""

    id = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{2,6}[0-9][0-9-]{3,30}$"))
    title = fields.String(required=True, validate=validate.Length(min=3, max=300))
    acronym = fields.String()
    phase = fields.List(fields.Raw(), load_default=list)
    status = fields.Nested(StatusSchema, required=True)
    setting = fields.String()
    source = fields.String(required=True, validate=validate.URL(schemes={"https"}))
    completeness = fields.String(required=True, validate=validate.OneOf(COMPLETENESS))
    note = fields.String()
    bullets = fields.Nested(BulletsSchema)
    include = fields.Raw(required=True)
    exclude = fields.Raw()  # type: ignore[assignment]  # marshmallow uses the name for an option
    cohorts = fields.List(fields.Nested(CohortSchema))
    base_patient = fields.Raw(metadata={"description": "what the patients of the cases have in common"})
    cases = fields.List(fields.Nested(CaseSchema))


def read_trial_file(text: str, file: str) -> tuple[Source, dict[str, Any]]:
    """The YAML and the checked head.

    Raises: InputError with file, line and path.
    """
    source = read_yaml(text, file)
    if not isinstance(source.data, Mapping):
        raise InputError([Fault("", "a trial must be a mapping", "it starts with id: and title:", 1, file)])
    try:
        return source, TrialSchema().load(source.data)
    except ValidationError as error:
        raise InputError(faults_of(error.messages)).placed(file, source.lines) from None


def parse_trial(text: str, name: str) -> Trial:
    """One trial from the text of its file.

    Raises: InputError with every fault: file, line, path, and the nearest name.
    """
    source, head = read_trial_file(text, name)
    try:
        return _trial(head, sha256(text.encode()).hexdigest()[:16])
    except InputError as error:
        raise error.placed(name, source.lines) from None


def _trial(head: dict[str, Any], version: str) -> Trial:
    faults: list[Fault] = []
    criteria = _criteria(head, "", faults)
    cohorts = []
    for place, cohort in enumerate(head.get("cohorts", [])):
        lines = _criteria(cohort, join("cohorts", place), faults)
        cohorts.append(TrialCohort(str(cohort["id"]), cohort["title"], lines))
    if faults:
        raise InputError(faults)
    status = head["status"]
    return Trial(
        head["id"], version, head["title"], tuple(str(phase) for phase in head["phase"]), status["value"],
        str(status.get("seen", "not seen")), head["source"], head["completeness"], criteria, tuple(cohorts),
    )  # fmt: skip


def _criteria(holder: dict[str, Any], path: str, faults: list[Fault]) -> tuple[Criterion, ...]:
    out: list[Criterion] = []
    roles: tuple[Role, ...] = ("include", "exclude")
    for role in roles:
        if role not in holder:
            continue
        context = Context(join(path, role), packaged_definitions().node)
        try:
            out.extend(_criterion(line, role) for line in read_criteria(holder[role], context))
        except InputError as error:
            faults.extend(error.faults)
    return tuple(out)


def _criterion(line: Line, role: Role) -> Criterion:
    return Criterion(line.path, role, line.kind, line.node, line.label, line.note, line.source_quality, line.bullets)


@lru_cache(maxsize=8192)
def text_of(criterion: Criterion) -> str:
    """The curator's own words, or else the criterion in English."""
    return criterion.label or describe(criterion.node, WORDS)


def trial_card(trial: Trial) -> dict[str, Any]:
    """A trial for readers: its head, and every criterion in English."""
    return {
        "id": trial.id,
        "version": trial.version,
        "title": trial.title,
        "phase": list(trial.phase),
        "status": {"value": trial.status, "seen": trial.status_seen, "recruiting": trial.recruiting},
        "source": trial.source,
        "completeness": trial.completeness,
        "criteria": [_line_card(criterion) for criterion in trial.criteria],
        "cohorts": [
            {"id": cohort.id, "title": cohort.title, "criteria": [_line_card(one) for one in cohort.criteria]}
            for cohort in trial.cohorts
        ],
    }


def _line_card(criterion: Criterion) -> dict[str, Any]:
    card = {"path": criterion.path, "role": criterion.role, "kind": criterion.kind, "text": text_of(criterion)}
    card["english"] = describe(criterion.node, WORDS)
    beside = {"note": criterion.note, "source_quality": criterion.source_quality}
    return card | {key: value for key, value in beside.items() if value}
