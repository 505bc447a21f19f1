"""The fast reading: criteria over whole cohorts at once, each distinct node computed once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from math import inf
from typing import Any as Whatever
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from matching import nodes as c
from matching.cohort import CodeColumn, Cohort, Floats, NumberColumn, RecordTable, YesNoColumn
from matching.dependencies import field_of, mentions
from matching.interval import Interval
from matching.truth import Truths

BLOCK = 40_000
"""Patients at a time: fewer cost more calls, more do not fit into the processor's cache (measured, `make bench`)."""


@dataclass(frozen=True)
class RecordMatches:
    """Which records of a table match. Shape: `truths` for each record, `complete` for each patient."""

    table: RecordTable
    truths: Truths
    complete: Truths


Value: TypeAlias = Truths | NumberColumn | RecordMatches


@dataclass(frozen=True)
class Step:
    """One node to compute, in the scope of patients (None) or of a table's records, from earlier slots.

    `uses` names the slots it is computed from.
    """

    node: c.Node
    scope: str | None
    compute: "Compute"
    uses: tuple[int, ...]


Values: TypeAlias = dict[int, Value]
Compute: TypeAlias = Callable[[Values, Cohort], Value]
"""The value of a step from those of the steps before it."""


class Program:
    """Distinct nodes in the order in which they can be computed.

    Raises: ValueError when a filter on one table mentions the records of another.
    """

    def __init__(self, roots: Sequence[c.TruthNode]) -> None:
        self.steps: list[Step] = []
        self._slots: dict[tuple[c.Node, str | None], int] = {}
        self._places: dict[tuple[c.Node, str | None], int] = {}
        self._last_uses: dict[frozenset[int], list[tuple[int, ...]]] = {}
        self.roots = [self.slot(root, None) for root in roots]

    def slot(self, node: c.Node, scope: str | None) -> int:
        """The place of the node's value; compiled on first sight."""
        node = _unnamed(node)
        known = self._slots.get((node, scope))
        if known is None:
            self.steps.append(self._step(node, scope))
            known = self._slots[node, scope] = len(self.steps) - 1
        return known

    def place(self, node: c.Node, scope: str | None) -> int:
        """The place of a node that is part of the program.

        Raises: KeyError when it is not.
        """
        known = self._places.get((node, scope))
        if known is None:
            plain = _unnamed(node)
            known = self._slots[plain, scope if scope is None or mentions(plain, scope) else None]
            self._places[node, scope] = known
        return known

    def _step(self, node: c.Node, scope: str | None) -> Step:
        if scope is not None and not mentions(node, scope):
            slot = self.slot(node, None)
            return Step(node, scope, _spread(slot, scope), (slot,))
        if isinstance(node, c.Records):
            slots: tuple[int, ...] = (self.slot(node.where, node.table), self.slot(node.settled_by, None))
        else:
            slots = tuple(self.slot(child, scope) for child in c.children(node))
        return Step(node, scope, _compute(node, scope, slots), slots)

    def values(self, cohort: Cohort, keep: frozenset[int]) -> dict[int, Value]:
        """The values of the slots to keep; the others go as soon as nothing needs them, for memory is slow.

        Shape: a patient's value may be a single one, which holds for all.
        """
        values: dict[int, Value] = {}
        for slot, (step, done) in enumerate(zip(self.steps, self._done(keep), strict=True)):
            values[slot] = step.compute(values, cohort)
            for other in done:
                del values[other]
        return values

    def _done(self, keep: frozenset[int]) -> list[tuple[int, ...]]:
        """For each step the slots that nothing needs after it."""
        if keep not in self._last_uses:
            last = {used: slot for slot, step in enumerate(self.steps) for used in (*step.uses, slot)}
            done: list[list[int]] = [[] for _ in self.steps]
            for used, slot in last.items():
                if used not in keep:
                    done[slot].append(used)
            self._last_uses[keep] = [tuple(one) for one in done]
        return self._last_uses[keep]


def _unnamed(node: c.Node) -> c.Node:
    """A definition's name says nothing of its value."""
    while isinstance(node, c.Named):
        node = node.part
    return node


def evaluate(program: Program, cohort: Cohort) -> Truths:
    """Every root for every patient.

    Shape: (roots, patients) int8. Unknown: 0, also for any fact or table the cohort lacks.
    """
    out = np.empty((len(program.roots), cohort.size), np.int8)
    roots = frozenset(program.roots)
    for start in range(0, cohort.size, BLOCK):
        stop = min(start + BLOCK, cohort.size)
        block = cohort if cohort.size <= BLOCK else cohort.rows(start, stop)
        values = program.values(block, roots)
        for row, slot in enumerate(program.roots):
            out[row, start:stop] = cast(Truths, values[slot])
    return out


def _compute(node: c.Node, scope: str | None, slots: tuple[int, ...]) -> Compute:
    """How a node is computed, decided once: on a cohort of one, deciding costs as much as computing."""
    first = slots[0] if slots else -1
    match node:
        case c.Fact(path):
            return lambda values, cohort: _numbers(path, scope, cohort)
        case c.Among() | c.Holds():
            return lambda values, cohort: _leaf(node, scope, cohort)
        case c.Records(path, _, _):
            return lambda values, cohort: _matches(cohort.table(path), *(values[slot] for slot in slots))
        case c.Within(_, inside, possibly):
            return lambda values, cohort: _within(cast(NumberColumn, values[first]), inside, possibly)
        case c.Exists():
            return lambda values, cohort: _exists(cast(RecordMatches, values[first]))
        case c.Count() | c.Total() | c.Largest() | c.Smallest():
            return lambda values, cohort: _aggregate(node, cast(RecordMatches, values[first]))
        case c.Narrowed():
            return lambda values, cohort: _narrowed([cast(NumberColumn, values[slot]) for slot in slots])
        case c.Confirm(_, favourable):
            return lambda values, cohort: _constant(favourable, scope, cohort)
        case c.All(()) | c.Any(()):
            return lambda values, cohort: _constant(isinstance(node, c.All), scope, cohort)
        case c.AtLeast(count, ()):
            return lambda values, cohort: _constant(count <= 0, scope, cohort)
        case c.Not():
            return lambda values, cohort: -cast(Truths, values[first])
        case _:
            return lambda values, cohort: _combined(node, [cast(Truths, values[slot]) for slot in slots])


def _constant(value: bool, scope: str | None, cohort: Cohort) -> Truths:
    return np.full(_size(scope, cohort), 1 if value else -1, np.int8)


def _size(scope: str | None, cohort: Cohort) -> int:
    """How many values say what is the same for all: one, unless there is nothing to say it of."""
    return 1 if scope is None else min(1, cohort.table(scope).records)


def _matches(table: RecordTable, where: Value, settled: Value) -> RecordMatches:
    also = cast(Truths, settled)
    # Most lists are settled by nothing but what is said of them.
    complete = table.complete if len(also) == 1 and also[0] < 0 else np.maximum(table.complete, also)
    return RecordMatches(table, cast(Truths, where), complete)


def _spread(slot: int, table: str) -> Compute:
    """Repeat a patient's value for each of the patient's records."""

    def spread(values: Values, cohort: Cohort) -> Value:
        value, records = values[slot], cohort.table(table)
        if isinstance(value, NumberColumn):
            return NumberColumn(_repeated(value.lo, records), _repeated(value.hi, records))
        return _repeated(cast(Truths, value), records)

    return spread


def _repeated(values: NDArray[Whatever], table: RecordTable) -> NDArray[Whatever]:
    return values[: table.records] if len(values) == 1 else values[table.owners]


def _of_each(values: NDArray[Whatever], size: int) -> NDArray[Whatever]:
    """One value for each, where a single one stood for all."""
    return values if len(values) == size else np.full(size, values[0], values.dtype)


def _column(path: str, scope: str | None, cohort: Cohort) -> Whatever:
    if scope is None:
        return cohort.facts.get(path)
    return cohort.table(scope).columns.get(field_of(path, scope))


def _numbers(path: str, scope: str | None, cohort: Cohort) -> NumberColumn:
    column = _column(path, scope, cohort)
    if isinstance(column, NumberColumn):
        return column
    size = _size(scope, cohort)
    return NumberColumn(np.full(size, -inf), np.full(size, inf))


def _leaf(node: c.Among | c.Holds, scope: str | None, cohort: Cohort) -> Truths:
    column = _column(node.fact, scope, cohort)
    if isinstance(node, c.Holds) and isinstance(column, YesNoColumn):
        return column.values
    if isinstance(node, c.Among) and isinstance(column, CodeColumn):
        return _among(node, column)
    return np.zeros(_size(scope, cohort), np.int8)


def _among(node: c.Among, column: CodeColumn) -> Truths:
    return column.places.look_up(_truth_of_names(node, column.names))


@lru_cache(maxsize=1 << 14)
def _truth_of_names(node: c.Among, names: tuple[str, ...]) -> Truths:
    """The truth of each code; the last place serves the -1 of "not stated"."""
    truths = np.zeros(len(names) + 1, np.int8)
    for place, name in enumerate(names):
        truths[place] = 1 if name in node.codes else 0 if name in node.possible else -1
    return truths


def _within(number: NumberColumn, inside: Interval, possibly: Interval) -> Truths:
    if number.drawn is not None:
        distinct, places = number.drawn
        return places.look_up(_within(distinct, inside, possibly))
    sure = (number.lo >= inside.lo) & (number.hi <= inside.hi)
    never = (number.hi < possibly.lo) | (number.lo > possibly.hi)
    return sure.view(np.int8) - never.view(np.int8)


def _combined(node: c.Node, parts: list[Truths]) -> Truths:
    match node:
        case c.All():
            return reduce(np.minimum, parts)
        case c.Any():
            return reduce(np.maximum, parts)
        case c.AtLeast(count, _):
            return _at_least(count, parts)
        case c.Consensus():
            low, high = reduce(np.minimum, parts), reduce(np.maximum, parts)
            return np.maximum(low, 0) + np.minimum(high, 0)
        case c.Agreed():
            low, high = reduce(np.minimum, parts), reduce(np.maximum, parts)
            agreed: Truths = np.sign(low + high)
            return agreed
        case c.Preferred():
            first, other = parts
            preferred: Truths = first + other * (first == 0)
            return preferred
        case _:
            raise TypeError(f"{type(node).__name__} is not a combination of truths")


def _at_least(count: int, parts: list[Truths]) -> Truths:
    surely = reduce(np.add, [(part > 0).astype(np.int16) for part in parts])
    possibly = reduce(np.add, [(part >= 0).astype(np.int16) for part in parts])
    return (surely >= count).view(np.int8) - (possibly < count).view(np.int8)


def _exists(found: RecordMatches) -> Truths:
    """At least UNKNOWN where the list may lack a record, and at least what each record is."""
    out: Truths = -(found.complete > 0).view(np.int8)
    return _raised(np.maximum, out, found.truths, found.truths >= 0, found.table)


def _raised(
    ufunc: np.ufunc, out: NDArray[Whatever], values: NDArray[Whatever], mask: NDArray[np.bool_], table: RecordTable
) -> NDArray[Whatever]:
    """What each patient has already, joined with each of the patient's records that the mask lets through.

    Differences of running sums would be wrong twice: inf - inf, and rounding at a threshold.
    """
    chosen = np.flatnonzero(mask) if len(mask) != 1 else np.arange(table.records if mask[0] else 0)
    if len(chosen):
        out = np.array(_of_each(out, table.size))
        ufunc.at(out, table.owners[chosen], values[0] if len(values) == 1 else values[chosen])
    return out


def _aggregate(node: c.Count | c.Total | c.Largest | c.Smallest, found: RecordMatches) -> NumberColumn:
    table, surely, possibly = found.table, found.truths > 0, found.truths >= 0
    nothing = np.zeros(1)
    if isinstance(node, c.Count):
        one = np.ones(1)
        lo = _raised(np.add, nothing, one, surely, table)
        return NumberColumn(lo, _unless_complete(found, _raised(np.add, nothing, one, possibly, table), inf))
    column = table.columns.get(field_of(node.fact, node.records.table))
    values = column if isinstance(column, NumberColumn) else NumberColumn(np.full(1, -inf), np.full(1, inf))
    match node:
        case c.Total():
            lo = _raised(np.add, nothing, np.maximum(values.lo, 0.0), surely, table)
            hi = _raised(np.add, nothing, values.hi, possibly, table)
            return NumberColumn(lo, _unless_complete(found, hi, inf))
        case c.Largest():
            lo = _raised(np.maximum, np.full(1, -inf), values.lo, surely, table)
            hi = _raised(np.maximum, np.full(1, -inf), values.hi, possibly, table)
            return NumberColumn(lo, _unless_complete(found, hi, inf))
        case c.Smallest():
            lo = _raised(np.minimum, np.full(1, inf), values.lo, possibly, table)
            hi = _raised(np.minimum, np.full(1, inf), values.hi, surely, table)
            return NumberColumn(_unless_complete(found, lo, -inf), hi)


def _unless_complete(found: RecordMatches, bound: Floats, unbounded: float) -> Floats:
    """The bound where the list is complete."""
    return np.where(found.complete > 0, bound, unbounded)


def _narrowed(sources: list[NumberColumn]) -> NumberColumn:
    lo = reduce(np.maximum, [source.lo for source in sources])
    hi = reduce(np.minimum, [source.hi for source in sources])
    contradicts = lo > hi
    return NumberColumn(np.where(contradicts, -inf, lo), np.where(contradicts, inf, hi))
