"""Rows that contradict themselves: what `schemas.summary.contradictions` refuses, found for all rows at once."""

from collections.abc import Mapping
from functools import reduce
from typing import cast

import numpy as np
from numpy.typing import NDArray

from matching import nodes as c
from matching.cohort import Cohort, NumberColumn
from matching.columnar import Program, Value
from matching.dependencies import joins
from matching.truth import Truths
from schemas.summary.contradictions import watched


def sources(program: Program) -> frozenset[int]:
    """The slots whose values `contradicting` reads, of a program that holds the watched nodes."""
    return frozenset(program.place(one, scope) for node, scope in joins(watched()) for one in c.children(node))


def contradicting(program: Program, values: Mapping[int, Value], cohort: Cohort) -> NDArray[np.bool_]:
    """The rows of which two sources of one fact disagree."""
    found = np.zeros(cohort.size, np.bool_)
    for node, scope in joins(watched()):
        disagree = _disagree([values[program.place(one, scope)] for one in c.children(node)])
        if not disagree.any():
            continue
        if scope is None:
            found |= disagree
        else:
            offsets = cohort.table(scope).offsets
            found[np.searchsorted(offsets, np.flatnonzero(disagree), side="right") - 1] = True
    return found


def _disagree(said: list[Value]) -> NDArray[np.bool_]:
    if isinstance(said[0], NumberColumn):
        lo, hi = said[0].lo, said[0].hi
        for one in said[1:]:
            assert isinstance(one, NumberColumn)
            lo, hi = np.maximum(lo, one.lo), np.minimum(hi, one.hi)
        return np.greater(lo, hi)
    truths = [cast(Truths, one) for one in said]
    return np.less(reduce(np.minimum, truths), 0) & np.greater(reduce(np.maximum, truths), 0)
