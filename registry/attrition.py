"""How many patients each criterion of a trial removes, alone and after those before it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from matching.trial import Criterion, Trial
from matching.truth import Truths
from registry.result import Attrition


def attrition(trial: Trial, truths: Mapping[str, Truths], size: int) -> tuple[Attrition, ...]:
    """Each criterion in the order of the trial; those of a cohort come after the trial's own, and no other cohort's.

    Shape: `truths` by the path of the criterion, one a patient.
    """
    left = np.ones(size, np.int8)
    found = list(_removed(trial.criteria, truths, left))
    for cohort in trial.cohorts:
        found.extend(_removed(cohort.criteria, truths, left.copy()))
    return tuple(found)


def _removed(criteria: Sequence[Criterion], truths: Mapping[str, Truths], left: Truths) -> Iterator[Attrition]:
    """`left` is the least truth so far, which is lowered in place."""
    for criterion in criteria:
        truth = truths[criterion.path]
        before, unknown_before = _count(left)
        alone, alone_unknown = _count(truth)
        np.minimum(left, truth, out=left)
        after, unknown_after = _count(left)
        yield Attrition(criterion.path, alone, alone_unknown, after - before, unknown_after - unknown_before)


def _count(truths: Truths) -> tuple[int, int]:
    """How many are FALSE, and how many UNKNOWN."""
    true = int(np.count_nonzero(truths > 0))
    known = int(np.count_nonzero(truths))
    return known - true, len(truths) - known
