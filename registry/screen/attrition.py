"""How many patients each criterion of a trial removes, alone and after those before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from matching.trial import Criterion, Trial
from matching.truth import Truths
from registry.screen.results import Attrition

Count: TypeAlias = tuple[int, int]
"""How many are FALSE, and how many UNKNOWN."""


@dataclass(frozen=True)
class CriterionTruths:
    """A criterion over some patients. Shape: one truth a patient, or one for all."""

    truths: Truths
    count: Count


def line_of(truths: Truths, size: int) -> CriterionTruths:
    """The truths of so many patients, counted."""
    if len(truths) == 1:
        return CriterionTruths(truths, (size * int(truths[0] < 0), size * int(truths[0] == 0)))
    return CriterionTruths(truths, _count(truths))


def attrition(trial: Trial, lines: Mapping[str, CriterionTruths], size: int) -> tuple[Attrition, ...]:
    """Each criterion in the order of the trial; those of a cohort come after the trial's own, and no other cohort's.

    `lines` are by the path of the criterion.
    """
    left = np.ones(size, np.int8)
    found, count = _removed(trial.criteria, lines, left, (0, 0))
    for cohort in trial.cohorts:
        found += _removed(cohort.criteria, lines, left.copy(), count)[0]
    return tuple(found)


def _removed(
    criteria: Sequence[Criterion], lines: Mapping[str, CriterionTruths], left: Truths, count: Count
) -> tuple[list[Attrition], Count]:
    """`left` is the least truth so far, which is lowered in place, and `count` what it counts."""
    found = []
    for criterion in criteria:
        line, before, unknown = lines[criterion.path], count, 0
        if line.count != (0, 0):
            np.minimum(left, line.truths, out=left)
            count = _count(left)
            unknown = _unknown(left, line)
        found.append(Attrition(criterion.path, *line.count, count[0] - before[0], unknown, count[1]))
    return found, count


def _unknown(left: Truths, line: CriterionTruths) -> int:
    """For how many of those left the line is UNKNOWN: then the least truth so far is UNKNOWN too."""
    return len(left) - int(np.count_nonzero(left | line.truths)) if line.count[1] else 0


def _count(truths: Truths) -> Count:
    true = int(np.count_nonzero(truths > 0))
    known = int(np.count_nonzero(truths))
    return known - true, len(truths) - known
