"""The gaps between radioiodine courses, for all patients at once."""

import numpy as np
from numpy.typing import NDArray

from matching.cohort import NumberColumn

MOST = 8
"""Courses of one patient; more are left to the row reader, for comparing each pair costs their square."""


def gaps(
    given: NumberColumn, stated: NDArray[np.bool_], offsets: NDArray[np.int64], complete: NDArray[np.bool_]
) -> tuple[NumberColumn, NDArray[np.bool_]]:
    """For each course the time since the one before, and where there is one: see `schemas.summary.derive.gaps`.

    Only for patients whose list is complete and dated throughout.
    """
    out = NumberColumn(np.zeros(len(stated)), np.zeros(len(stated)))
    follows = np.zeros(len(stated), np.bool_)
    counts = np.diff(offsets)
    for count in range(2, min(MOST, int(counts.max(initial=0))) + 1):
        rows = np.flatnonzero(complete & (counts == count))
        places = offsets[rows][:, None] + np.arange(count)
        places = places[stated[places].all(axis=1)]
        if len(places):
            _fill(out, follows, places, given)
    return out, follows


def _fill(out: NumberColumn, follows: NDArray[np.bool_], places: NDArray[np.int64], given: NumberColumn) -> None:
    lo, hi = given.lo[places], given.hi[places]
    for one in range(places.shape[1]):
        first, last = lo[:, one : one + 1], hi[:, one : one + 1]
        earlier, later = lo > last, hi < first
        sure = earlier.any(axis=1) & ((earlier | later).sum(axis=1) == places.shape[1] - 1)
        before_lo = np.where(earlier, lo, np.inf).min(axis=1)
        before_hi = np.where(earlier, hi, np.inf).min(axis=1)
        chosen = places[sure, one]
        out.lo[chosen], out.hi[chosen] = (before_lo - hi[:, one])[sure], (before_hi - lo[:, one])[sure]
        follows[chosen] = True
