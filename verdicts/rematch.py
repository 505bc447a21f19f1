"""Many patients against a new version of one trial, computing only what the edit changed.

The truths of the new version are computed for all patients at once. A line that stood in the version before keeps the
reason that was given then; only lines that are new are explained, and only who may still fit is read in full.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matching import nodes as c
from matching.cohort import Cohort
from matching.columnar import evaluate
from matching.dependencies import joins
from matching.explain import Explainer
from matching.trial import Criterion, Trial
from matching.truth import Truth
from matching.verdict import INELIGIBLE, MET, VERDICT_OF
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for, program_of
from schemas.summary.facts import Patient
from schemas.trials.trial_file import text_of
from verdicts.match import cohort_verdict, contradiction_cards, line_verdict, match_trial, nodes_of

Match = dict[str, Any]

INELIGIBLE_MATCH: Match = {"verdict": INELIGIBLE, "score": 0.0, "missing": [], "needed": [], "confirm": []}
"""What every ineligible match has in common."""


@dataclass(frozen=True)
class PastMatch:
    """What is on record of a patient: a version of the trial, and the match that it made."""

    trial: Trial
    match: Match


@dataclass(frozen=True)
class Rematched:
    """The match with the new version. `contradictions`: those in what only the new version reads."""

    match: Match
    contradictions: tuple[dict[str, Any], ...] = ()


def rematch(trial: Trial, patients: Sequence[Patient], before: Sequence[PastMatch | None]) -> list[Rematched]:
    """The patients against the trial; each with its match before, or None if it has none. The same as matching anew."""
    block = _PatientBlock(trial, patients)
    return [block.matched(row, one) for row, one in enumerate(before)]


class _PatientBlock:
    """Patients as columns, with the truths that the shape of a match needs."""

    def __init__(self, trial: Trial, patients: Sequence[Patient]) -> None:
        self.trial, self.patients = trial, patients
        self.cohort: Cohort = cohort_of(patients)
        self.roots = nodes_of(trial)
        self.lines = tuple(trial.all_criteria())
        self._known: dict[str, _EarlierAnswers] = {}

    @cached_property
    def _truths(self) -> dict[c.TruthNode, np.ndarray[Any, np.dtype[np.int8]]]:
        cohorts = (cohort.requirement for cohort in self.trial.cohorts)
        nodes = (self.trial.requirement, *cohorts, *(line.requirement for line in self.lines))
        distinct = tuple(dict.fromkeys(nodes))
        return dict(zip(distinct, evaluate(program_of(distinct), self.cohort), strict=True))

    def _truth(self, node: c.TruthNode, row: int) -> Truth:
        return Truth(int(self._truths[node][row]))

    def matched(self, row: int, before: PastMatch | None) -> Rematched:
        if before is None:
            return self._in_full(row)
        known = self._known_of(before.trial)
        if known.same_sense:
            return Rematched(self._renamed(before.match))
        if known.reads_more:
            return self._in_full(row)
        if self._truth(self.trial.requirement, row) == Truth.FALSE:
            nobody: Match = {
                "verdict": VERDICT_OF[Truth.FALSE],
                "score": 0.0,
                "missing": [],
                "needed": [],
                "confirm": [],
            }
            return Rematched(self._told(row, known, before.match) | nobody)
        if self._stays_met(row, known, before.match):
            return Rematched(before.match | self._told(row, known, before.match))
        return self._in_full(row)

    def _stays_met(self, row: int, known: "_EarlierAnswers", match: Match) -> bool:
        """Whether each line that changed was met and is met: what is settled asks nothing and counts the same."""
        if known.swapped is None or match["verdict"] != VERDICT_OF[self._truth(self.trial.requirement, row)]:
            return False
        met = {one["path"] for one in match["criteria"] if one["verdict"] == MET}
        return all(
            then in met and self._truth(line.requirement, row) == Truth.TRUE and not line.questions
            for then, line in known.swapped
        )

    def _known_of(self, old: Trial) -> "_EarlierAnswers":
        found = self._known.get(old.version)
        if found is None:
            found = self._known[old.version] = _EarlierAnswers(old, self.trial)
        return found

    def _reader(self, row: int) -> Explainer:
        return explainer_for(self.patients[row], self.roots)

    def _in_full(self, row: int) -> Rematched:
        reader = self._reader(row)
        found = contradiction_cards(reader, self.roots)
        return Rematched(match_trial(reader, self.trial), tuple(found))

    def _renamed(self, match: Match) -> Match:
        """The same match in the words of the new version."""
        cohorts = zip(self.trial.cohorts, match["cohorts"], strict=True)
        lines = zip(self.lines, match["criteria"], strict=True)
        changed = {
            "cohorts": [{**one, "id": cohort.id, "title": cohort.title} for cohort, one in cohorts],
            "criteria": [_as_written(line, one) for line, one in lines],
        }
        return match | self._head() | changed

    def _told(self, row: int, known: "_EarlierAnswers", match: Match) -> Match:
        """The head, the cohorts and the lines: those of the version before as they were told, the others explained."""
        told = {one["path"]: one for one in match["criteria"]}
        fresh = self._explained(row, known)
        lines = [
            fresh[line.path] if line.path in fresh else _as_written(line, told[known.places[line.path]])
            for line in self.lines
        ]
        return {**self._head(), "cohorts": list(self._cohorts(row)), "criteria": lines}

    def _explained(self, row: int, known: "_EarlierAnswers") -> dict[str, Match]:
        """The lines that the version before did not have, by path."""
        lines = [line for line in self.lines if line.path not in known.places]
        if not lines:
            return {}
        reader = self._reader(row)
        return {line.path: line_verdict(reader, line) for line in lines}

    def _head(self) -> Match:
        one = self.trial
        return {"trial": one.id, "version": one.version, "title": one.title, "status": one.status}

    def _cohorts(self, row: int) -> Iterator[dict[str, str]]:
        common = min((self._truth(line.requirement, row) for line in self.trial.criteria), default=Truth.TRUE)
        for cohort in self.trial.cohorts:
            yield cohort_verdict(cohort, min(common, self._truth(cohort.requirement, row)))


class _EarlierAnswers:
    """What an earlier version told already.

    `places`: by the path of a line, that of the same line then. `same_sense`: nothing
    but words differ. `swapped`: where the versions differ only in lines that took the place of others, those lines,
    each with the path of the one before. `reads_more`: the new version joins sources of a fact that the old one did
    not, and so may find a contradiction.
    """

    def __init__(self, old: Trial, new: Trial) -> None:
        then: dict[tuple[str, c.TruthNode], str] = {}
        for line in old.all_criteria():
            then.setdefault(_sense(line), line.path)
        keys = ((line.path, _sense(line)) for line in new.all_criteria())
        self.places = {path: then[key] for path, key in keys if key in then}
        self.swapped = _swapped(old, new)
        self.same_sense = self.swapped == []
        self.reads_more = not set(joins(nodes_of(old))).issuperset(joins(nodes_of(new)))


def _swapped(old: Trial, new: Trial) -> list[tuple[str, Criterion]] | None:
    """The lines that differ, place by place; None where one asks something of the site, or there are more or fewer."""
    shapes = ([len(one.criteria), *(len(cohort.criteria) for cohort in one.cohorts)] for one in (old, new))
    if len({tuple(shape) for shape in shapes}) > 1:
        return None
    pairs = zip(old.all_criteria(), new.all_criteria(), strict=True)
    found = [(then, now) for then, now in pairs if _sense(then) != _sense(now)]
    return None if any(then.questions for then, _ in found) else [(then.path, now) for then, now in found]


def _sense(line: Criterion) -> tuple[str, c.TruthNode]:
    return line.role, line.node


def _as_written(line: Criterion, told: Match) -> Match:
    """What was told of the same line, in its present words and place."""
    kept = {key: told[key] for key in ("verdict", "observed", "evidence")}
    out = {"text": text_of(line), "role": line.role, **kept, "path": line.path}
    return out | ({"source_quality": line.source_quality} if line.source_quality else {})
