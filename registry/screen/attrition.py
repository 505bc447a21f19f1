"""Count how many patients each criterion removes, by itself and after the criteria before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from matching.trial import Criterion, Trial
from matching.truth import Truths

Count: TypeAlias = tuple[int, int]
"""The number of FALSE and of UNKNOWN truths."""


@dataclass(frozen=True)
class Attrition:
    """How many patients one criterion of a trial removes.

    `alone`: patients for whom the criterion is not met. `in_sequence`: those of them whom no earlier criterion
    removed. `alone_unknown`, `in_sequence_unknown`: likewise, patients for whom it is unknown. `left_unknown`: of the
    patients left after it, those for whom it or an earlier criterion is unknown.
    """

    path: str
    alone: int = 0
    alone_unknown: int = 0
    in_sequence: int = 0
    in_sequence_unknown: int = 0
    left_unknown: int = 0

    def __add__(self, other: "Attrition") -> "Attrition":
        return Attrition(
            self.path,
            self.alone + other.alone,
            self.alone_unknown + other.alone_unknown,
            self.in_sequence + other.in_sequence,
            self.in_sequence_unknown + other.in_sequence_unknown,
            self.left_unknown + other.left_unknown,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the path and the counts by name."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class CriterionTruths:
    """The truths of a criterion, and their count. Shape: one truth per patient, or one for all."""

    truths: Truths
    count: Count


def count_truths(truths: Truths, size: int) -> CriterionTruths:
    """Count the truths of `size` patients."""
    if len(truths) == 1:
        return CriterionTruths(truths, (size * int(truths[0] < 0), size * int(truths[0] == 0)))
    return CriterionTruths(truths, _count(truths))


def count_attrition(trial: Trial, truths: Mapping[str, CriterionTruths], size: int) -> tuple[Attrition, ...]:
    """Return the attrition of each criterion in the order of the trial; `truths` are by the path of the criterion.

    The criteria of a cohort come after the trial's own, independent of the other cohorts.
    """
    remaining = np.ones(size, np.int8)
    found, count = _count_in_sequence(trial.criteria, truths, remaining, (0, 0))
    for cohort in trial.cohorts:
        found += _count_in_sequence(cohort.criteria, truths, remaining.copy(), count)[0]
    return tuple(found)


def _count_in_sequence(
    criteria: Sequence[Criterion], truths: Mapping[str, CriterionTruths], remaining: Truths, count: Count
) -> tuple[list[Attrition], Count]:
    """Count criteria one after the other.

    `remaining` is the least truth of each patient so far, which is lowered in place; `count` counts it.
    """
    found = []
    for criterion in criteria:
        current, before, unknown = truths[criterion.path], count, 0
        if current.count != (0, 0):
            np.minimum(remaining, current.truths, out=remaining)
            count = _count(remaining)
            unknown = _count_unknown(remaining, current)
        found.append(Attrition(criterion.path, *current.count, count[0] - before[0], unknown, count[1]))
    return found, count


def _count_unknown(remaining: Truths, current: CriterionTruths) -> int:
    """Count the remaining patients for whom the criterion is UNKNOWN: their least truth is UNKNOWN too."""
    return len(remaining) - int(np.count_nonzero(remaining | current.truths)) if current.count[1] else 0


def _count(truths: Truths) -> Count:
    true = int(np.count_nonzero(truths > 0))
    known = int(np.count_nonzero(truths))
    return known - true, len(truths) - known
