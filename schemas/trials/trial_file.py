"""A trial as a YAML file: its head, its criteria, its cohorts, and the cases that test it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from marshmallow import ValidationError, fields, validate

from matching import nodes as c
from matching.describe import describe
from matching.trial import Criterion, Role, Trial, TrialCohort
from matching.verdict import VERDICTS
from schemas.criteria.definitions import meaning_of, packaged_definitions
from schemas.criteria.language import CriteriaField, CriterionContext, CriterionLine, read_criteria
from schemas.inputs.faults import Fault, InputError, faults_of, join
from schemas.inputs.strict_yaml import YamlDocument, read_yaml
from schemas.summary.fact_wording import WORDS
from schemas.summary.fields import refuse
from schemas.summary.sections import FactSchema

STATUSES = (
    "not_yet_recruiting", "recruiting", "enrolling_by_invitation", "active_not_recruiting", "suspended", "terminated",
    "completed", "withdrawn", "unknown",
)  # fmt: skip  # overallStatus of ClinicalTrials.gov API v2
TRIAL_ID = r"[A-Z]{2,6}[0-9][0-9-]{3,30}"
MAX_CASES = 500
"""Each costs milliseconds, and all are run before a version is stored; the largest packaged trial has under 50."""
COMPLETENESS = ("complete", "nearly_complete", "key_criteria", "partial", "summary_only")


def _word(value: Any) -> None:
    """Phases, years and ids of cohorts are words or numbers."""
    if isinstance(value, bool) or not isinstance(value, str | int) or not 0 < len(str(value)) <= 80:
        raise refuse("must be a word or a number")


class StatusSchema(FactSchema):
    """Whether the trial recruits, and when that was seen."""

    value = fields.String(required=True, validate=validate.OneOf(STATUSES))
    seen = fields.Raw(validate=_word, metadata={"description": "the year or month in which it was seen"})


class CohortSchema(FactSchema):
    """A cohort or arm with criteria of its own."""

    id = fields.Raw(required=True, validate=_word)
    title = fields.String(required=True)
    include = CriteriaField()
    exclude = CriteriaField()  # type: ignore[assignment]  # marshmallow uses the name for an option


class PartOfSummary(fields.Raw):
    """A field that holds facts of a summary, which is checked when the case is run."""


class CaseSchema(FactSchema):
    """An example that is a test: a patient and what must come out."""

    name = fields.String(required=True)
    patient = PartOfSummary(required=True)
    expect = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    cohorts = fields.List(fields.Raw(validate=_word))
    missing = fields.List(fields.String())


class BulletsSchema(FactSchema):
    """How many bullets the source has, seen or known of; each criterion names those it accounts for."""

    include = fields.Integer(required=True, strict=True, validate=validate.Range(0, 99))
    exclude = fields.Integer(  # type: ignore[assignment]  # as in CohortSchema
        required=True, strict=True, validate=validate.Range(0, 99)
    )


def _means(description: str) -> dict[str, str]:
    return {"description": description}


class TrialSchema(FactSchema):
    """The head of a trial file; the criteria are read by the criteria language."""

    id = fields.String(
        required=True,
        validate=validate.Regexp(rf"^{TRIAL_ID}$"),
        metadata=_means("the registry's number, such as NCT02152995"),
    )
    title = fields.String(
        required=True, validate=validate.Length(min=3, max=300), metadata=_means("what it tests, in your own words")
    )
    acronym = fields.String()
    phase = fields.List(fields.Raw(validate=_word), load_default=list, metadata=_means("phases, such as [2] or [1, 2]"))
    status = fields.Nested(StatusSchema, required=True)
    setting = fields.String(metadata=_means("what the trial is for, such as adjuvant_rai"))
    source = fields.String(
        required=True, validate=validate.URL(schemes={"https"}), metadata=_means("address of the registry's record")
    )
    completeness = fields.String(
        required=True, validate=validate.OneOf(COMPLETENESS), metadata=_means("how much of the source is encoded")
    )
    note = fields.String(metadata=_means("what a reader should know of the source or the encoding"))
    requires = fields.List(fields.String(), metadata=_means("packages that add what the trial is written in"))
    bullets = fields.Nested(BulletsSchema)
    include = CriteriaField(required=True, metadata=_means("each must hold"))
    exclude = CriteriaField(  # type: ignore[assignment]  # marshmallow uses the name for an option
        metadata=_means("none may hold")
    )
    cohorts = fields.List(
        fields.Nested(CohortSchema),
        validate=validate.Length(max=100),
        metadata=_means("groups or arms with criteria of their own"),
    )
    base_patient = PartOfSummary(metadata=_means("what the patients of the cases have in common"))
    cases = fields.List(
        fields.Nested(CaseSchema), validate=validate.Length(max=MAX_CASES), metadata=_means("examples that are tests")
    )


@cache
def _head() -> TrialSchema:
    """One for the process: a schema copies its fields when it is made."""
    return TrialSchema()


def read_trial_file(text: str, file: str) -> tuple[YamlDocument, dict[str, Any]]:
    """The YAML and the checked head.

    Raises: InputError with file, line and path.
    """
    source = read_yaml(text, file)
    if not isinstance(source.data, Mapping):
        raise InputError([Fault("", "a trial must be a mapping", "it starts with id: and title:", 1, file)])
    try:
        return source, _head().load(source.data)
    except ValidationError as error:
        raise InputError(faults_of(error.messages)).placed(file, source.lines) from None


def parse_trial(text: str, name: str) -> Trial:
    """One trial from the text of its file.

    Raises: InputError with every fault: file, line, path, and the nearest name.
    """
    source, head = read_trial_file(text, name)
    try:
        trial = _trial(head)
    except InputError as error:
        raise error.placed(name, source.lines) from None
    return replace(trial, version=version_of(text, trial))


def stored_trial(text: str, name: str, version: str | None = None) -> Trial:
    """A version that was read when it was stored. Where a package it needs is gone since, one line says so.

    `version` is what it was stored under: definitions may have changed since, and a result names what is on record.

    Unknown: whether anyone fits a trial that cannot be read; it is neither left out nor decided.
    """
    try:
        trial = parse_trial(text, name)
    except InputError as error:
        trial = _unreadable(text, name, error)
    return trial if version is None else replace(trial, version=version)


def _unreadable(text: str, name: str, error: InputError) -> Trial:
    why = "; ".join(dict.fromkeys(fault.message for fault in error.faults))
    node = c.Consensus((c.All(()), c.Any(())))  # parts that never agree
    line = Criterion("include[0]", "include", "unreadable", node, f"This version cannot be read here: {why}")
    return Trial(
        name.removesuffix(".yaml"), _hash(text), "A version that cannot be read here", (), "unknown", "not seen", "",
        "partial", (line,),
    )  # fmt: skip


def version_of(text: str, trial: Trial) -> str:
    """The hash of the text and of what the definitions that the trial uses ask for; not of their titles and sources."""
    names = frozenset().union(*(_names_in(line.node) for line in trial.all_criteria()))
    return _hash("\0".join([text, *(f"{name} {meaning_of(name)}" for name in sorted(names))]))


@lru_cache(maxsize=1 << 16)
def _names_in(node: c.Node) -> frozenset[str]:
    """The definitions that a node uses; nodes share most of what is below them."""
    own = {node.name} if isinstance(node, c.Named) else ()
    return frozenset(own).union(*map(_names_in, c.children(node)))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _trial(head: dict[str, Any]) -> Trial:
    """The trial without its version, which follows from what it uses."""
    faults = list(_not_installed(head.get("requires", [])))
    criteria = _criteria(head, "", faults)
    cohorts = []
    for place, cohort in enumerate(head.get("cohorts", [])):
        lines = _criteria(cohort, join("cohorts", place), faults)
        cohorts.append(TrialCohort(str(cohort["id"]), cohort["title"], lines))
    ids = [cohort.id for cohort in cohorts]
    repeated = (place for place, one in enumerate(ids) if one in ids[:place])
    faults += [Fault(join(join("cohorts", place), "id"), "another cohort has this id") for place in repeated]
    if faults:
        raise InputError(faults)
    status = head["status"]
    return Trial(
        head["id"], "", head["title"], tuple(str(phase) for phase in head["phase"]), status["value"],
        str(status.get("seen", "not seen")), head["source"], head["completeness"], criteria, tuple(cohorts),
    )  # fmt: skip


def _not_installed(packages: Sequence[str]) -> Iterator[Fault]:
    for place, package in enumerate(packages):
        try:
            distribution(package)
        except (PackageNotFoundError, ValueError):
            yield Fault(join("requires", place), f"the package {package} is not installed", f"pip install {package}")


def _criteria(holder: dict[str, Any], path: str, faults: list[Fault]) -> tuple[Criterion, ...]:
    out: list[Criterion] = []
    roles: tuple[Role, ...] = ("include", "exclude")
    for role in roles:
        if role not in holder:
            continue
        context = CriterionContext(join(path, role), packaged_definitions().node)
        try:
            out.extend(_criterion(line, role) for line in read_criteria(holder[role], context))
        except InputError as error:
            faults.extend(error.faults)
    return tuple(out)


def _criterion(line: CriterionLine, role: Role) -> Criterion:
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
