"""Matches many patients with a new version of a trial, and computes only what the edit changed.

The truths of the new version are computed for all patients at once. A criterion that is unchanged keeps its earlier
reason; only new criteria are explained, and only patients who may still fit are matched in full.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matching import nodes as c
from matching.cohort import Cohort
from matching.columnar import evaluate
from matching.dependencies import joining_nodes
from matching.explain import Explainer
from matching.trial import Criterion, Trial
from matching.truth import Truth
from matching.verdict import INELIGIBLE, MET, VERDICT_OF
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for, program_of
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of
from verdicts.match import cohort_verdict, contradiction_cards, criterion_verdict, match_trial, nodes_of

Match = dict[str, Any]

INELIGIBLE_MATCH: Match = {"verdict": INELIGIBLE, "score": 0.0, "missing": [], "needed": [], "confirm": []}
"""The fields that all ineligible matches share."""


@dataclass(frozen=True)
class PastMatch:
    """The stored match of a patient, and the version of the trial that it was made with."""

    trial: Trial
    match: Match


@dataclass(frozen=True)
class Rematched:
    """The match with the new version. `contradictions` are those in facts that only the new version reads."""

    match: Match
    contradictions: tuple[dict[str, Any], ...] = ()


def rematch(trial: Trial, patients: Sequence[Patient], before: Sequence[PastMatch | None]) -> list[Rematched]:
    """Match patients with the trial, given the past match of each; the result equals that of matching again."""
    block = _PatientBlock(trial, patients)
    return [block.rematched(row, past) for row, past in enumerate(before)]


class _PatientBlock:
    """Patients as columns, with the truths that a match needs."""

    def __init__(self, trial: Trial, patients: Sequence[Patient]) -> None:
        self.trial, self.patients = trial, patients
        self.cohort: Cohort = cohort_of(patients)
        self.roots = nodes_of(trial)
        self.criteria = tuple(trial.all_criteria())
        self._changes: dict[str, _TrialChange] = {}

    @cached_property
    def _truths(self) -> dict[c.TruthNode, np.ndarray[Any, np.dtype[np.int8]]]:
        cohorts = (cohort.requirement for cohort in self.trial.cohorts)
        nodes = (self.trial.requirement, *cohorts, *(criterion.requirement for criterion in self.criteria))
        distinct = tuple(dict.fromkeys(nodes))
        return dict(zip(distinct, evaluate(program_of(distinct), self.cohort), strict=True))

    def _truth(self, node: c.TruthNode, row: int) -> Truth:
        return Truth(int(self._truths[node][row]))

    def rematched(self, row: int, before: PastMatch | None) -> Rematched:
        if before is None:
            return self._in_full(row)
        change = self._change_from(before.trial)
        if change.only_wording:
            return Rematched(self._reworded(before.match))
        if change.reads_more:
            return self._in_full(row)
        if self._truth(self.trial.requirement, row) == Truth.FALSE:
            return Rematched(self._updated(row, change, before.match) | INELIGIBLE_MATCH)
        if self._stays_met(row, change, before.match):
            return Rematched(before.match | self._updated(row, change, before.match))
        return self._in_full(row)

    def _stays_met(self, row: int, change: "_TrialChange", match: Match) -> bool:
        """Whether each replaced criterion was met and its replacement is met: questions and score stay the same."""
        if change.replaced is None or match["verdict"] != VERDICT_OF[self._truth(self.trial.requirement, row)]:
            return False
        met = {verdict["path"] for verdict in match["criteria"] if verdict["verdict"] == MET}
        return all(
            old_path in met and self._truth(criterion.requirement, row) == Truth.TRUE and not criterion.questions
            for old_path, criterion in change.replaced
        )

    def _change_from(self, old: Trial) -> "_TrialChange":
        known = self._changes.get(old.version)
        if known is None:
            known = self._changes[old.version] = _TrialChange(old, self.trial)
        return known

    def _explainer(self, row: int) -> Explainer:
        return explainer_for(self.patients[row], self.roots)

    def _in_full(self, row: int) -> Rematched:
        explainer = self._explainer(row)
        contradictions = contradiction_cards(explainer, self.roots)
        return Rematched(match_trial(explainer, self.trial), tuple(contradictions))

    def _reworded(self, match: Match) -> Match:
        """The same match in the words of the new version."""
        cohorts = zip(self.trial.cohorts, match["cohorts"], strict=True)
        criteria = zip(self.criteria, match["criteria"], strict=True)
        changed = {
            "cohorts": [{**verdict, "id": cohort.id, "title": cohort.title} for cohort, verdict in cohorts],
            "criteria": [_reworded(criterion, verdict) for criterion, verdict in criteria],
        }
        return match | self._head() | changed

    def _updated(self, row: int, change: "_TrialChange", match: Match) -> Match:
        """The head, the cohorts and the criteria: unchanged criteria keep their verdict, new ones are explained."""
        past = {verdict["path"]: verdict for verdict in match["criteria"]}
        new = self._new_verdicts(row, change)
        criteria = [
            new[criterion.path]
            if criterion.path in new
            else _reworded(criterion, past[change.old_paths[criterion.path]])
            for criterion in self.criteria
        ]
        return {**self._head(), "cohorts": list(self._cohort_verdicts(row)), "criteria": criteria}

    def _new_verdicts(self, row: int, change: "_TrialChange") -> dict[str, Match]:
        """The verdicts of the criteria that the old version did not have, by path."""
        criteria = [criterion for criterion in self.criteria if criterion.path not in change.old_paths]
        if not criteria:
            return {}
        explainer = self._explainer(row)
        return {criterion.path: criterion_verdict(explainer, criterion) for criterion in criteria}

    def _head(self) -> Match:
        trial = self.trial
        return {"trial": trial.id, "version": trial.version, "title": trial.title, "status": trial.status}

    def _cohort_verdicts(self, row: int) -> Iterator[dict[str, str]]:
        requirements = (criterion.requirement for criterion in self.trial.criteria)
        trial_wide = min((self._truth(requirement, row) for requirement in requirements), default=Truth.TRUE)
        for cohort in self.trial.cohorts:
            yield cohort_verdict(cohort, min(trial_wide, self._truth(cohort.requirement, row)))


class _TrialChange:
    """What changed between two versions of a trial.

    `old_paths`: for the path of each unchanged criterion, its path in the old version. `only_wording`: only words
    changed. `replaced`: where the versions differ only by criteria replaced one for one, the old path and the new
    criterion of each; else None. `reads_more`: the new version joins sources of a fact that the old version did not,
    and so may reveal a contradiction.
    """

    def __init__(self, old: Trial, new: Trial) -> None:
        old_by_meaning: dict[tuple[str, c.TruthNode], str] = {}
        for criterion in old.all_criteria():
            old_by_meaning.setdefault(_meaning(criterion), criterion.path)
        meanings = ((criterion.path, _meaning(criterion)) for criterion in new.all_criteria())
        self.old_paths = {path: old_by_meaning[key] for path, key in meanings if key in old_by_meaning}
        self.replaced = _replaced(old, new)
        self.only_wording = self.replaced == []
        self.reads_more = not set(joining_nodes(nodes_of(old))).issuperset(joining_nodes(nodes_of(new)))


def _replaced(old: Trial, new: Trial) -> list[tuple[str, Criterion]] | None:
    """The criteria replaced one for one; None where an old one has questions for the site, or their number changed.

    None too where a cohort was closed or opened.
    """
    shapes = ((len(trial.criteria), *((len(of.criteria), of.closed) for of in trial.cohorts)) for trial in (old, new))
    if len(set(shapes)) > 1:
        return None
    pairs = zip(old.all_criteria(), new.all_criteria(), strict=True)
    changed = [(then, now) for then, now in pairs if _meaning(then) != _meaning(now)]
    return None if any(then.questions for then, _ in changed) else [(then.path, now) for then, now in changed]


def _meaning(criterion: Criterion) -> tuple[str, c.TruthNode]:
    return criterion.role, criterion.node


def _reworded(criterion: Criterion, verdict: Match) -> Match:
    """The verdict of the same criterion, with its current words and path."""
    kept = {key: verdict[key] for key in ("verdict", "observed", "evidence")}
    out = {"text": text_of(criterion), "role": criterion.role, **kept, "path": criterion.path}
    return out | ({"source_quality": criterion.source_quality} if criterion.source_quality else {})
