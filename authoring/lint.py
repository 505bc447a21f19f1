"""Lints a trial file: criteria that nobody can meet, that everybody meets, that contradict or that decide nothing.

Every finding is a proof by `matching.solver.satisfiable`, which never raises a false alarm but may miss a problem.
An error is a trial, cohort or criterion that no patient can meet. A warning is a criterion or branch that decides
nothing. That may be intended, so two criteria for different bullets of the source pass, and so does a criterion whose
`source_quality` says that the source is printed like this.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from authoring.contradictory_criteria import contradictions, is_suspect, repetitions, satisfiable
from authoring.dead_branches import dead_branches
from authoring.fact_domains import DeclaredDomains
from matching.solver.conditions import WantedOutcome
from matching.solver.satisfiable import ProofSearch
from matching.trial import Criterion, Trial
from schemas.inputs.faults import Fault, InputError
from schemas.trials.trial_file import TrialFile, text_of

Severity: TypeAlias = Literal["error", "warning"]
Found: TypeAlias = tuple[Severity, Fault]


@dataclass(frozen=True)
class LintFinding:
    """A fault, and whether it makes the trial wrong (error) or only suspicious (warning)."""

    severity: Severity
    fault: Fault

    def __str__(self) -> str:
        return str(Fault(self.fault.path, f"{self.severity}: {self.fault.message}", self.fault.hint,
                         self.fault.line, self.fault.file))  # fmt: skip


def lint(file: TrialFile) -> list[LintFinding]:
    """Every proven problem of a trial file, in the order of its lines."""
    search = ProofSearch(DeclaredDomains())
    found = dict.fromkeys(_found(search, file))
    placed = [LintFinding(severity, _placed(fault, file)) for severity, fault in found]
    return sorted(placed, key=lambda finding: finding.fault.line or 0)


def _found(search: ProofSearch, file: TrialFile) -> Iterator[Found]:
    yield from _single_criteria(search, file.trial)
    yield from _compared_criteria(search, file.trial)
    yield from (("warning", fault) for fault in dead_branches(search, file.trial, file.document.data))


def _placed(fault: Fault, file: TrialFile) -> Fault:
    return InputError([fault]).placed(file.name, file.document.lines).faults[0]


def _single_criteria(search: ProofSearch, trial: Trial) -> Iterator[Found]:
    """Criteria that no patient meets, or that every patient meets."""
    for criterion in trial.all_criteria():
        included = criterion.role == "include"
        if not search.can_be(criterion.written_requirement, WantedOutcome.TRUE):
            message = "no patient can meet this" if included else "this excludes every patient"
            yield "error", Fault(criterion.path, message, text_of(criterion))
        elif not _can_reject(search, criterion) and not is_suspect(criterion):
            message = "every patient meets this" if included else "this excludes nobody"
            yield "warning", Fault(criterion.path, f"{message}, so it decides nothing", text_of(criterion))


def _can_reject(search: ProofSearch, criterion: Criterion) -> bool:
    rejecting = WantedOutcome.TRUE if criterion.role == "exclude" else WantedOutcome.FALSE
    return search.can_be(criterion.node, rejecting)


def _compared_criteria(search: ProofSearch, trial: Trial) -> Iterator[Found]:
    """The criteria of the trial against each other, then those of each cohort against each other and the trial."""
    common = satisfiable(search, trial.criteria)
    of_trial = list(contradictions(search, (), common))
    yield from (("error", fault) for fault in of_trial)
    yield from (("warning", fault) for fault in repetitions(search, (), common))
    for cohort in trial.cohorts:
        own = satisfiable(search, cohort.criteria)
        yield from (("error", fault) for fault in contradictions(search, common, own, not of_trial))
        yield from (("warning", fault) for fault in repetitions(search, common, own))
