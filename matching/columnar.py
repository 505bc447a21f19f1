"""The columnar engine: evaluates criteria for whole cohorts at once and computes each distinct node once."""

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

PATIENTS_PER_BLOCK = 40_000
"""Patients evaluated together: smaller blocks cost more calls, larger ones exceed the processor's cache (measured,
`make bench`)."""


@dataclass(frozen=True)
class RecordMatches:
    """Which records of a table match. Shape: `truths` for each record, `complete` for each patient."""

    table: RecordTable
    truths: Truths
    complete: Truths


Value: TypeAlias = Truths | NumberColumn | RecordMatches


@dataclass(frozen=True)
class Step:
    """One node to compute, for patients (`table` None) or for the records of a table, from the slots in `uses`."""

    node: c.Node
    table: str | None
    compute: "Compute"
    uses: tuple[int, ...]


Values: TypeAlias = dict[int, Value]
Compute: TypeAlias = Callable[[Values, Cohort], Value]
"""Computes the value of a step from the values of earlier steps."""


class Program:
    """Distinct nodes in an order in which they can be computed.

    Raises: ValueError when a filter on one table mentions the records of another.
    """

    def __init__(self, roots: Sequence[c.TruthNode]) -> None:
        self.steps: list[Step] = []
        self._slots: dict[tuple[c.Node, str | None], int] = {}
        self._last_uses: dict[frozenset[int], list[tuple[int, ...]]] = {}
        self.roots = [self.slot(root, None) for root in roots]

    def slot(self, node: c.Node, table_path: str | None) -> int:
        """The slot of the node's value; a new node is compiled."""
        node = _unnamed(node)
        known = self._slots.get((node, table_path))
        if known is None:
            self.steps.append(self._step(node, table_path))
            known = self._slots[node, table_path] = len(self.steps) - 1
        return known

    def slot_of(self, node: c.Node, table_path: str | None) -> int:
        """The slot of a node that is part of the program.

        Raises: KeyError when it is not.
        """
        plain = _unnamed(node)
        return self._slots[plain, table_path if table_path is None or mentions(plain, table_path) else None]

    def slot_for_records(self, node: c.Node, table_path: str | None) -> int:
        """Return the slot with one value for each record of the table, even of a node that reads the patient only.

        Raises: KeyError when the program does not contain it.
        """
        return self._slots[_unnamed(node), table_path]

    def _step(self, node: c.Node, table_path: str | None) -> Step:
        if table_path is not None and not mentions(node, table_path):
            slot = self.slot(node, None)
            return Step(node, table_path, _spread(slot, table_path), (slot,))
        if isinstance(node, c.Records):
            slots: tuple[int, ...] = (self.slot(node.where, node.table), self.slot(node.complete_if, None))
        else:
            slots = tuple(self.slot(child, table_path) for child in c.children(node))
        return Step(node, table_path, _compute(node, table_path, slots), slots)

    def values(self, cohort: Cohort, keep: frozenset[int]) -> dict[int, Value]:
        """The values of the slots to keep. Other values are freed as soon as no step needs them: memory is slow.

        Shape: an array of patient values may have length 1, which counts for all patients.
        """
        values: dict[int, Value] = {}
        for slot, (step, done) in enumerate(zip(self.steps, self._unused_after(keep), strict=True)):
            values[slot] = step.compute(values, cohort)
            for other in done:
                del values[other]
        return values

    def _unused_after(self, keep: frozenset[int]) -> list[tuple[int, ...]]:
        """For each step, the slots that no later step needs."""
        if keep not in self._last_uses:
            last = {used: slot for slot, step in enumerate(self.steps) for used in (*step.uses, slot)}
            done: list[list[int]] = [[] for _ in self.steps]
            for used, slot in last.items():
                if used not in keep:
                    done[slot].append(used)
            self._last_uses[keep] = [tuple(slots) for slots in done]
        return self._last_uses[keep]


def _unnamed(node: c.Node) -> c.Node:
    """Strip the names of definitions, which do not change the value."""
    while isinstance(node, c.Named):
        node = node.part
    return node


def evaluate(program: Program, cohort: Cohort) -> Truths:
    """Evaluate every root for every patient.

    Shape: (roots, patients) int8. Unknown: 0, also for any fact or table the cohort lacks.
    """
    out = np.empty((len(program.roots), cohort.size), np.int8)
    roots = frozenset(program.roots)
    for start in range(0, cohort.size, PATIENTS_PER_BLOCK):
        stop = min(start + PATIENTS_PER_BLOCK, cohort.size)
        block = cohort if cohort.size <= PATIENTS_PER_BLOCK else cohort.rows(start, stop)
        values = program.values(block, roots)
        for row, slot in enumerate(program.roots):
            out[row, start:stop] = cast(Truths, values[slot])
    return out


def _compute(node: c.Node, table_path: str | None, slots: tuple[int, ...]) -> Compute:
    """Choose how a node is computed, once: for a cohort of one, choosing costs as much as computing."""
    first = slots[0] if slots else -1
    match node:
        case c.Fact(path):
            return lambda values, cohort: _numbers(path, table_path, cohort)
        case c.Among() | c.IsYes():
            return lambda values, cohort: _leaf(node, table_path, cohort)
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
            return lambda values, cohort: _constant(favourable, table_path, cohort)
        case c.All(()) | c.Any(()):
            return lambda values, cohort: _constant(isinstance(node, c.All), table_path, cohort)
        case c.AtLeast(count, ()):
            return lambda values, cohort: _constant(count <= 0, table_path, cohort)
        case c.Not():
            return lambda values, cohort: -cast(Truths, values[first])
        case _:
            return lambda values, cohort: _combined(node, [cast(Truths, values[slot]) for slot in slots])


def _constant(value: bool, table_path: str | None, cohort: Cohort) -> Truths:
    return np.full(_size(table_path, cohort), 1 if value else -1, np.int8)


def _size(table_path: str | None, cohort: Cohort) -> int:
    """The length of a value that is the same for all: 1, or 0 where there are no records."""
    return 1 if table_path is None else min(1, cohort.table(table_path).records)


def _matches(table: RecordTable, where: Value, complete_if: Value) -> RecordMatches:
    covered = cast(Truths, complete_if)
    # Most lists are complete only where they are marked complete.
    complete = table.complete if len(covered) == 1 and covered[0] < 0 else np.maximum(table.complete, covered)
    return RecordMatches(table, cast(Truths, where), complete)


def _spread(slot: int, table: str) -> Compute:
    """Repeat the value of a patient for each of the patient's records."""

    def spread(values: Values, cohort: Cohort) -> Value:
        value, records = values[slot], cohort.table(table)
        if isinstance(value, NumberColumn):
            return NumberColumn(_repeated(value.lo, records), _repeated(value.hi, records))
        return _repeated(cast(Truths, value), records)

    return spread


def _repeated(values: NDArray[Whatever], table: RecordTable) -> NDArray[Whatever]:
    return values[: table.records] if len(values) == 1 else values[table.owners]


def _broadcast(values: NDArray[Whatever], size: int) -> NDArray[Whatever]:
    """One value for each patient, where a single value counts for all."""
    return values if len(values) == size else np.full(size, values[0], values.dtype)


def _column(path: str, table_path: str | None, cohort: Cohort) -> Whatever:
    if table_path is None:
        return cohort.facts.get(path)
    return cohort.table(table_path).columns.get(field_of(path, table_path))


def _numbers(path: str, table_path: str | None, cohort: Cohort) -> NumberColumn:
    column = _column(path, table_path, cohort)
    if isinstance(column, NumberColumn):
        return column
    size = _size(table_path, cohort)
    return NumberColumn(np.full(size, -inf), np.full(size, inf))


def _leaf(node: c.Among | c.IsYes, table_path: str | None, cohort: Cohort) -> Truths:
    column = _column(node.fact, table_path, cohort)
    if isinstance(node, c.IsYes) and isinstance(column, YesNoColumn):
        return column.values
    if isinstance(node, c.Among) and isinstance(column, CodeColumn):
        return _among(node, column)
    return np.zeros(_size(table_path, cohort), np.int8)


def _among(node: c.Among, column: CodeColumn) -> Truths:
    return column.indices.look_up(_truth_of_names(node, column.names))


@lru_cache(maxsize=1 << 14)
def _truth_of_names(node: c.Among, names: tuple[str, ...]) -> Truths:
    """The truth of each code; the last entry serves index -1, "not reported"."""
    truths = np.zeros(len(names) + 1, np.int8)
    for index, name in enumerate(names):
        truths[index] = 1 if name in node.codes else 0 if name in node.possible else -1
    return truths


def _within(number: NumberColumn, inside: Interval, possibly: Interval) -> Truths:
    if number.dictionary is not None:
        distinct, indices = number.dictionary
        return indices.look_up(_within(distinct, inside, possibly))
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


def _exists(matches: RecordMatches) -> Truths:
    """The best truth of any record, and at least UNKNOWN where the list may be incomplete."""
    out: Truths = -(matches.complete > 0).view(np.int8)
    return _accumulate(np.maximum, out, matches.truths, matches.truths >= 0, matches.table)


def _accumulate(
    ufunc: np.ufunc, out: NDArray[Whatever], values: NDArray[Whatever], mask: NDArray[np.bool_], table: RecordTable
) -> NDArray[Whatever]:
    """Accumulate into `out` the values of each patient's records where the mask is set.

    Differences of running sums would be wrong twice: inf - inf, and rounding at a threshold.
    """
    chosen = np.flatnonzero(mask) if len(mask) != 1 else np.arange(table.records if mask[0] else 0)
    if len(chosen):
        out = np.array(_broadcast(out, table.size))
        ufunc.at(out, table.owners[chosen], values[0] if len(values) == 1 else values[chosen])
    return out


def _aggregate(node: c.Count | c.Total | c.Largest | c.Smallest, matches: RecordMatches) -> NumberColumn:
    table, surely, possibly = matches.table, matches.truths > 0, matches.truths >= 0
    zero = np.zeros(1)
    if isinstance(node, c.Count):
        ones = np.ones(1)
        lo = _accumulate(np.add, zero, ones, surely, table)
        return NumberColumn(lo, _if_complete(matches, _accumulate(np.add, zero, ones, possibly, table), inf))
    column = table.columns.get(field_of(node.fact, node.records.table))
    values = column if isinstance(column, NumberColumn) else NumberColumn(np.full(1, -inf), np.full(1, inf))
    match node:
        case c.Total():
            lo = _accumulate(np.add, zero, np.maximum(values.lo, 0.0), surely, table)
            hi = _accumulate(np.add, zero, values.hi, possibly, table)
            return NumberColumn(lo, _if_complete(matches, hi, inf))
        case c.Largest():
            lo = _accumulate(np.maximum, np.full(1, -inf), values.lo, surely, table)
            hi = _accumulate(np.maximum, np.full(1, -inf), values.hi, possibly, table)
            return NumberColumn(lo, _if_complete(matches, hi, inf))
        case c.Smallest():
            lo = _accumulate(np.minimum, np.full(1, inf), values.lo, possibly, table)
            hi = _accumulate(np.minimum, np.full(1, inf), values.hi, surely, table)
            return NumberColumn(_if_complete(matches, lo, -inf), hi)


def _if_complete(matches: RecordMatches, bound: Floats, unbounded: float) -> Floats:
    """The bound where the list is complete, else unbounded."""
    return np.where(matches.complete > 0, bound, unbounded)


def _narrowed(sources: list[NumberColumn]) -> NumberColumn:
    lo = reduce(np.maximum, [source.lo for source in sources])
    hi = reduce(np.minimum, [source.hi for source in sources])
    contradicts = lo > hi
    return NumberColumn(np.where(contradicts, -inf, lo), np.where(contradicts, inf, hi))
