"""Patients as columns: one array for each fact, and flat arrays with offsets for repeated records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching.truth import Truths

Floats: TypeAlias = NDArray[np.float64]


FEW = 255
"""Distinct values up to which their truths are looked up as bytes, which takes a third of the time (measured)."""


@dataclass(frozen=True)
class ValuePlaces:
    """Which of some distinct values each row has. Shape: int32; -1 for the last of them."""

    values: NDArray[np.int32]

    @cached_property
    def _bytes(self) -> bytes:
        return self.values.astype(np.uint8).tobytes()

    @cached_property
    def _wide(self) -> NDArray[np.intp]:
        return self.values.astype(np.intp)

    def look_up(self, truths: Truths) -> Truths:
        """The truth of each row, from those of the distinct values."""
        if len(self.values) <= 1:
            return truths[self.values]
        if len(truths) > FEW:
            return truths[self._wide]
        table = truths.tobytes()
        return np.frombuffer(self._bytes.translate(table[:-1].ljust(FEW, b"\0") + table[-1:]), np.int8)


@dataclass(frozen=True)
class CodeColumn:
    """A coded fact. Shape: `values` int32 into `names`; -1 where it was not stated."""

    values: NDArray[np.int32]
    names: tuple[str, ...]

    @cached_property
    def places(self) -> ValuePlaces:
        return ValuePlaces(self.values)

    def rows(self, start: int, stop: int) -> "CodeColumn":
        return CodeColumn(self.values[start:stop], self.names)


@dataclass(frozen=True)
class NumberColumn:
    """A measured fact. Shape: float64 `lo` and `hi`. Units: canonical. Unknown: the possible range.

    `drawn` tells the distinct values and which of them each row has, where that is known.
    """

    lo: Floats
    hi: Floats
    drawn: "tuple[NumberColumn, ValuePlaces] | None" = field(default=None, repr=False, compare=False)

    def rows(self, start: int, stop: int) -> "NumberColumn":
        drawn = self.drawn and (self.drawn[0], ValuePlaces(self.drawn[1].values[start:stop]))
        return NumberColumn(self.lo[start:stop], self.hi[start:stop], drawn)


@dataclass(frozen=True)
class YesNoColumn:
    """A yes-or-no fact. Shape: int8."""

    values: Truths

    def rows(self, start: int, stop: int) -> "YesNoColumn":
        return YesNoColumn(self.values[start:stop])


Column: TypeAlias = CodeColumn | NumberColumn | YesNoColumn


def length(column: Column) -> int:
    """How many rows or records have a value of their own."""
    return len(column.lo if isinstance(column, NumberColumn) else column.values)


@dataclass(frozen=True)
class RecordTable:
    """Repeated records. Shape: record columns are flat; patient i owns `offsets[i]:offsets[i + 1]`. A column of one
    value holds for every record.

    `complete` is TRUE where somebody said that the list names every record.
    """

    offsets: NDArray[np.int64]
    complete: Truths
    columns: Mapping[str, Column]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        return np.diff(self.offsets)

    @cached_property
    def owners(self) -> NDArray[np.int64]:
        """The patient of each record."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def size(self) -> int:
        """How many patients."""
        return len(self.offsets) - 1

    @property
    def records(self) -> int:
        return int(self.offsets[-1])

    def rows(self, start: int, stop: int) -> "RecordTable":
        first, last = int(self.offsets[start]), int(self.offsets[stop])
        return RecordTable(
            self.offsets[start : stop + 1] - first,
            self.complete[start:stop],
            {
                name: one if length(one) == 1 < self.records else one.rows(first, last)
                for name, one in self.columns.items()
            },
        )


@dataclass(frozen=True)
class Cohort:
    """`size` patients. A fact or table that is absent is unknown for all of them.

    Shape: a fact of patients, though not of records, may be a column of one value, which holds for every patient.
    """

    size: int
    facts: Mapping[str, Column] = field(default_factory=dict)
    tables: Mapping[str, RecordTable] = field(default_factory=dict)

    def rows(self, start: int, stop: int) -> "Cohort":
        """Patients `start` to `stop`, as views."""
        return Cohort(
            stop - start,
            {path: one if length(one) == 1 else one.rows(start, stop) for path, one in self.facts.items()},
            {path: table.rows(start, stop) for path, table in self.tables.items()},
        )

    def table(self, path: str) -> RecordTable:
        """The table, or an empty one of which nobody said that it is complete."""
        known = self.tables.get(path)
        return self._no_table if known is None else known

    @cached_property
    def _no_table(self) -> RecordTable:
        return RecordTable(np.zeros(self.size + 1, np.int64), np.zeros(self.size, np.int8), {})
