"""Finds the patients whose verdict or cohorts change between two versions of a trial, and the criteria responsible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from authoring.diff import PlacedCriterion, TrialChange, trial_diff
from matching import nodes as c
from matching.columnar import evaluate
from matching.trial import Trial
from matching.truth import Truth, Truths
from matching.verdict import VERDICT_OF
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import program_of
from schemas.summary.facts import Patient

VERDICT_CHANGES = ("added", "removed", "changed", "moved")
"""The kinds of change that can affect a verdict; a new head or new words cannot."""


@dataclass(frozen=True)
class VerdictChange:
    """A patient whose verdict or cohorts change; `because` has the paths of the responsible criteria."""

    patient: str
    before: str
    after: str
    cohorts_before: tuple[str, ...]
    cohorts_after: tuple[str, ...]
    because: tuple[str, ...]


def affected_patients(old: Trial, new: Trial, patients: Sequence[Patient]) -> list[VerdictChange]:
    """The patients, by reference, whose verdict or fitting cohorts differ between the versions.

    Only the nodes of the two versions are evaluated, for all patients at once.
    """
    changes = [change for change in trial_diff(old, new) if change.what in VERDICT_CHANGES]
    truths = _VersionTruths(patients, old, new)
    affected = []
    for row, patient in enumerate(patients):
        before, after = truths.outcome(old, row), truths.outcome(new, row)
        if before != after:
            because = dict.fromkeys(change.path for change in changes if truths.differs(change, row))
            affected.append(
                VerdictChange(patient["patient_ref"], before[0], after[0], before[1], after[1], tuple(because))
            )
    return affected


def verdict_change_card(change: VerdictChange) -> dict[str, Any]:
    """An affected patient as JSON."""
    return {
        "patient": change.patient,
        "before": change.before,
        "after": change.after,
        "cohorts_before": list(change.cohorts_before),
        "cohorts_after": list(change.cohorts_after),
        "because": list(change.because),
    }


class _VersionTruths:
    """The truth of both versions and all their criteria for every patient."""

    def __init__(self, patients: Sequence[Patient], old: Trial, new: Trial) -> None:
        nodes = tuple(dict.fromkeys(node for trial in (old, new) for node in _nodes_of(trial)))
        truths = evaluate(program_of(nodes), cohort_of(patients)) if patients else ()
        self._by_node: dict[c.TruthNode, Truths] = dict(zip(nodes, truths, strict=False))

    def outcome(self, trial: Trial, row: int) -> tuple[str, tuple[str, ...]]:
        """The verdict, and the cohorts with this verdict; no cohorts if the patient is ineligible."""
        truth = self._truth(trial.requirement, row)
        common = min((self._truth(criterion.requirement, row) for criterion in trial.criteria), default=Truth.TRUE)
        fitting = (cohort for cohort in trial.cohorts if min(common, self._truth(cohort.requirement, row)) == truth)
        return VERDICT_OF[truth], tuple(cohort.id for cohort in fitting if truth != Truth.FALSE)

    def differs(self, change: TrialChange, row: int) -> bool:
        """Whether the criterion has another truth than before, or applies to another list."""
        before, after = (self._placed_truth(placed, row) for placed in (change.old, change.new))
        other_list = change.old is not None and change.new is not None and change.old.list != change.new.list
        return before != after or other_list

    def _placed_truth(self, placed: PlacedCriterion | None, row: int) -> Truth:
        """A criterion that a version does not have excludes nobody."""
        return Truth.TRUE if placed is None else self._truth(placed.criterion.requirement, row)

    def _truth(self, node: c.TruthNode, row: int) -> Truth:
        return Truth(int(self._by_node[node][row]))


def _nodes_of(trial: Trial) -> Iterator[c.TruthNode]:
    yield trial.requirement
    yield from (criterion.requirement for criterion in trial.all_criteria())
    yield from (cohort.requirement for cohort in trial.cohorts)
