"""Patients as columns: one array for each fact, and flat arrays with offsets for repeated records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matching.truth import Truths

Floats: TypeAlias = NDArray[np.float64]


MAX_BYTE_LOOKUP = 255
"""Most distinct values whose truths are looked up as bytes, which takes a third of the time (measured)."""


@dataclass(frozen=True)
class DictionaryIndices:
    """The index of each row into a table of distinct values. Shape: int32; -1 for the last entry."""

    indices: NDArray[np.int32]

    @cached_property
    def _bytes(self) -> bytes:
        return self.indices.astype(np.uint8).tobytes()

    @cached_property
    def _wide(self) -> NDArray[np.intp]:
        return self.indices.astype(np.intp)

    def look_up(self, truths: Truths) -> Truths:
        """The truth of each row, given the truth of each distinct value."""
        if len(self.indices) <= 1:
            return truths[self.indices]
        if len(truths) > MAX_BYTE_LOOKUP:
            return truths[self._wide]
        table = truths.tobytes()
        return np.frombuffer(self._bytes.translate(table[:-1].ljust(MAX_BYTE_LOOKUP, b"\0") + table[-1:]), np.int8)


@dataclass(frozen=True)
class CodeColumn:
    """A coded fact. Shape: `values` int32 into `names`; -1 where it is not reported."""

    values: NDArray[np.int32]
    names: tuple[str, ...]

    @cached_property
    def indices(self) -> DictionaryIndices:
        return DictionaryIndices(self.values)

    def rows(self, start: int, stop: int) -> "CodeColumn":
        return CodeColumn(self.values[start:stop], self.names)


@dataclass(frozen=True)
class NumberColumn:
    """A measured fact. Shape: float64 `lo` and `hi`. Units: canonical. Unknown: the possible range.

    `dictionary` are the distinct values and the index of each row into them, where the column is dictionary-encoded.
    """

    lo: Floats
    hi: Floats
    dictionary: "tuple[NumberColumn, DictionaryIndices] | None" = field(default=None, repr=False, compare=False)

    def rows(self, start: int, stop: int) -> "NumberColumn":
        part = self.dictionary and (self.dictionary[0], DictionaryIndices(self.dictionary[1].indices[start:stop]))
        return NumberColumn(self.lo[start:stop], self.hi[start:stop], part)


@dataclass(frozen=True)
class YesNoColumn:
    """A yes-or-no fact. Shape: int8."""

    values: Truths

    def rows(self, start: int, stop: int) -> "YesNoColumn":
        return YesNoColumn(self.values[start:stop])


Column: TypeAlias = CodeColumn | NumberColumn | YesNoColumn


def value_count(column: Column) -> int:
    """The number of values; 1 where a single value counts for all rows."""
    return len(column.lo if isinstance(column, NumberColumn) else column.values)


@dataclass(frozen=True)
class RecordTable:
    """Repeated records. Shape: record columns are flat; patient i owns `offsets[i]:offsets[i + 1]`. A column of one
    value counts for every record.

    `complete` is TRUE where the list is marked complete.
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
        """The number of patients."""
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
                name: column if value_count(column) == 1 < self.records else column.rows(first, last)
                for name, column in self.columns.items()
            },
        )


@dataclass(frozen=True)
class Cohort:
    """`size` patients. A fact or table that is absent is unknown for all of them.

    Shape: a fact of patients, but not of records, may be a column of one value, which counts for every patient.
    """

    size: int
    facts: Mapping[str, Column] = field(default_factory=dict)
    tables: Mapping[str, RecordTable] = field(default_factory=dict)

    def rows(self, start: int, stop: int) -> "Cohort":
        """Patients `start` to `stop`, as views."""
        return Cohort(
            stop - start,
            {path: fact if value_count(fact) == 1 else fact.rows(start, stop) for path, fact in self.facts.items()},
            {path: table.rows(start, stop) for path, table in self.tables.items()},
        )

    def table(self, path: str) -> RecordTable:
        """The table; empty lists that are not marked complete where the cohort has none."""
        known = self.tables.get(path)
        return self._no_table if known is None else known

    @cached_property
    def _no_table(self) -> RecordTable:
        return RecordTable(np.zeros(self.size + 1, np.int64), np.zeros(self.size, np.int8), {})
