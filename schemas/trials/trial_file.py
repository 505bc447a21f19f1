"""Reads a trial file: its YAML, its checked head, the trial with its criteria, and its version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from marshmallow import ValidationError

from matching import nodes as c
from matching.describe import describe
from matching.trial import Criterion, CriterionRole, Trial, TrialCohort
from schemas.criteria.definitions import meaning_of, packaged_definitions
from schemas.criteria.language import CriterionContext, ParsedCriterion, read_criteria
from schemas.implications.closure import concluded
from schemas.inputs.faults import Fault, InputError, child_path, faults_of
from schemas.inputs.strict_yaml import YamlDocument, read_yaml
from schemas.summary.fact_wording import WORDS
from schemas.trials.trial_schema import TrialSchema


@dataclass(frozen=True)
class TrialFile:
    """A trial file read once, for every tool that needs more than the trial."""

    name: str
    text: str
    document: YamlDocument
    head: Mapping[str, Any]
    trial: Trial


@cache
def _head_schema() -> TrialSchema:
    """One instance for the process, because a schema copies its fields when it is created."""
    return TrialSchema()


def read_trial_head(text: str, name: str) -> tuple[YamlDocument, dict[str, Any]]:
    """The YAML and the checked head, without reading the criteria.

    Raises: InputError with file, line and path.
    """
    document = read_yaml(text, name)
    if not isinstance(document.data, Mapping):
        raise InputError([Fault("", "a trial must be a mapping", "it starts with id: and title:", 1, name)])
    try:
        return document, _head_schema().load(document.data)
    except ValidationError as error:
        raise InputError(faults_of(error.messages)).placed(name, document.lines) from None


def read_trial_file(text: str, name: str) -> TrialFile:
    """One trial from the text of its file.

    Raises: InputError with every fault: file, line, path, and the nearest known name.
    """
    document, head = read_trial_head(text, name)
    try:
        trial = _trial(head)
    except InputError as error:
        raise error.placed(name, document.lines) from None
    return TrialFile(name, text, document, head, replace(trial, version=version_of(text, trial)))


def parse_trial(text: str, name: str) -> Trial:
    """The trial of `read_trial_file`, where nothing else of the file is needed."""
    return read_trial_file(text, name).trial


def stored_trial(text: str, name: str, version: str | None = None) -> Trial:
    """Read a stored version, which was valid when it was stored.

    `version` is the version it was stored under. Definitions may have changed since, but results name the stored one.

    Unknown: if a package it needs was removed since, its only criterion says so and is UNKNOWN for every patient.
    """
    try:
        trial = parse_trial(text, name)
    except InputError as error:
        trial = _unreadable(text, name, error)
    return trial if version is None else replace(trial, version=version)


def _unreadable(text: str, name: str, error: InputError) -> Trial:
    why = "; ".join(dict.fromkeys(fault.message for fault in error.faults))
    node = c.Consensus((c.All(()), c.Any(())))  # parts that never agree
    criterion = Criterion("include[0]", "include", "unreadable", node, f"This version cannot be read here: {why}")
    return Trial(
        name.removesuffix(".yaml"), _hash(text), "A version that cannot be read here", (), "unknown", "not seen", "",
        "partial", (criterion,),
    )  # fmt: skip


def version_of(text: str, trial: Trial) -> str:
    """The hash of the text and of the meaning, but not the title or source, of every definition the trial uses.

    Source: docs/adr/0008.
    """
    names = frozenset().union(*(_definitions_in(criterion.node) for criterion in trial.all_criteria()))
    return _hash("\0".join([text, *(f"{name} {meaning_of(name)}" for name in sorted(names))]))


@lru_cache(maxsize=1 << 16)
def _definitions_in(node: c.Node) -> frozenset[str]:
    """The definitions that a node uses; cached, because nodes share most of their parts."""
    own = {node.name} if isinstance(node, c.Named) else ()
    return frozenset(own).union(*map(_definitions_in, c.children(node)))


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _trial(head: Mapping[str, Any]) -> Trial:
    """The trial with an empty version, which needs the criteria to be computed."""
    faults = list(_not_installed(head.get("requires", [])))
    criteria = _criteria(head, "", faults)
    cohorts = []
    for index, cohort in enumerate(head.get("cohorts", [])):
        cohort_criteria = _criteria(cohort, child_path("cohorts", index), faults)
        closed = cohort.get("status") == "closed"
        cohorts.append(TrialCohort(str(cohort["id"]), cohort["title"], cohort_criteria, closed))
    faults.extend(_repeated_ids([cohort.id for cohort in cohorts]))
    if faults:
        raise InputError(faults)
    status = head["status"]
    return Trial(
        head["id"], "", head["title"], tuple(str(phase) for phase in head["phase"]), status["value"],
        str(status.get("seen", "not seen")), head["source"], head["completeness"], criteria, tuple(cohorts),
    )  # fmt: skip


def _repeated_ids(cohort_ids: Sequence[str]) -> Iterator[Fault]:
    for index, cohort_id in enumerate(cohort_ids):
        if cohort_id in cohort_ids[:index]:
            yield Fault(child_path(child_path("cohorts", index), "id"), "another cohort has this id")


def _not_installed(packages: Sequence[str]) -> Iterator[Fault]:
    for index, package in enumerate(packages):
        try:
            distribution(package)
        except (PackageNotFoundError, ValueError):
            path = child_path("requires", index)
            yield Fault(path, f"the package {package} is not installed", f"pip install {package}")


def _criteria(written: Mapping[str, Any], path: str, faults: list[Fault]) -> tuple[Criterion, ...]:
    """The criteria of a trial or cohort; what is wrong with them is added to `faults`."""
    criteria: list[Criterion] = []
    roles: tuple[CriterionRole, ...] = ("include", "exclude")
    for role in roles:
        if role not in written:
            continue
        context = CriterionContext(child_path(path, role), packaged_definitions().node)
        try:
            criteria.extend(_criterion(parsed, role) for parsed in read_criteria(written[role], context))
        except InputError as error:
            faults.extend(error.faults)
    return tuple(criteria)


def _criterion(parsed: ParsedCriterion, role: CriterionRole) -> Criterion:
    return Criterion(
        parsed.path,
        role,
        parsed.kind,
        parsed.node,
        parsed.label,
        parsed.note,
        parsed.source_quality,
        parsed.bullets,
        concluded(parsed.node),
    )


@lru_cache(maxsize=8192)
def text_of(criterion: Criterion) -> str:
    """The curator's label, or else the criterion in English."""
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
        "criteria": [_criterion_card(criterion) for criterion in trial.criteria],
        "cohorts": [
            {
                "id": cohort.id,
                "title": cohort.title,
                "status": "closed" if cohort.closed else "open",
                "criteria": [_criterion_card(criterion) for criterion in cohort.criteria],
            }
            for cohort in trial.cohorts
        ],
    }


def _criterion_card(criterion: Criterion) -> dict[str, Any]:
    card = {"path": criterion.path, "role": criterion.role, "kind": criterion.kind, "text": text_of(criterion)}
    card["english"] = describe(criterion.node, WORDS)
    optional = {"note": criterion.note, "source_quality": criterion.source_quality}
    return card | {key: value for key, value in optional.items() if value}
