"""Row batches as readers yield them, and their regrouping into chunks of at most N rows."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry.limits import ENCODED_CELLS_PER_CELL, MAX_CHUNK_CELLS, PLAIN_BYTES_PER_CELL
from registry.read.chunk import Chunk, Layout, RowFault, sort_faults
from schemas.inputs.faults import InputError


@dataclass
class RowBatch:
    """Rows of a table, their row numbers, and the faults of rows that are not in the table.

    In long form the rows of a patient share a number.
    """

    table: pa.Table
    numbers: NDArray[np.int64]
    faults: list[RowFault] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """At most this many cells are decoded one by one; fewer where text blocks share distinct values."""
        return sum(map(_weight, self.table.columns))

    def split_at(self, boundaries: Sequence[int]) -> "list[RowBatch]":
        """Split before each of these row numbers."""
        places = [0, *np.searchsorted(self.numbers, boundaries).tolist(), len(self.numbers)]
        parts = [self._rows(start, stop) for start, stop in pairwise(places)]
        for fault in self.faults:
            parts[bisect_right(boundaries, fault.row)].faults.append(fault)
        return parts

    def split_by_weight(self) -> "list[RowBatch]":
        """Split into parts below `MAX_CHUNK_CELLS`, as far as possible without splitting a patient."""
        count = -(-self.weight // MAX_CHUNK_CELLS)
        if count < 2 or not len(self.numbers):
            return [self]
        starts = self.numbers[np.arange(1, count) * len(self.numbers) // count]
        return self.split_at(np.unique(starts[starts > self.numbers[0]]).tolist())

    def drop_rows(self, faults: Sequence[RowFault]) -> "RowBatch":
        """Drop the rows of these faults, and add the faults."""
        kept = np.flatnonzero(~np.isin(self.numbers, [fault.row for fault in faults]))
        return RowBatch(self.table.take(pa.array(kept)), self.numbers[kept], [*self.faults, *faults])

    def first_rows(self, count: int) -> "RowBatch":
        """Return at most the first `count` rows, and all faults."""
        return self if len(self.numbers) <= count else replace(self._rows(0, count), faults=self.faults)

    def _rows(self, start: int, stop: int) -> "RowBatch":
        table = self.table.slice(start, stop - start)
        columns = [_drop_unused_values(column) for column in table.columns]
        return RowBatch(pa.table(columns, names=table.column_names), self.numbers[start:stop])


def _weight(column: pa.ChunkedArray) -> int:
    if pa.types.is_dictionary(column.type):
        return _dictionary_size(column) + len(column) // ENCODED_CELLS_PER_CELL
    return int(column.nbytes) // PLAIN_BYTES_PER_CELL


def _dictionary_size(column: pa.ChunkedArray) -> int:
    return max((len(chunk.dictionary) for chunk in column.chunks), default=0)


def _drop_unused_values(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Encode the column again where its dictionary has more values than the column has rows."""
    if not pa.types.is_dictionary(column.type) or _dictionary_size(column) <= len(column):
        return column
    return column.cast(column.type.value_type).dictionary_encode()


def regroup(
    batches: Iterable[RowBatch], layout: Layout, max_rows: int, finish: Callable[[RowBatch], RowBatch]
) -> Iterator[Chunk]:
    """Yield chunks of `max_rows` rows of the file, readable or not, and of fewer where they exceed `MAX_CHUNK_CELLS`.

    A patient is never split. `finish` sees every row once, in order.
    Raises: InputError of the batches, after the whole rows before it.
    """
    waiting: list[RowBatch] = []
    error: InputError | None = None
    stream = iter(batches)
    while error is None:
        try:
            batch = next(stream)
        except StopIteration:
            break
        except InputError as found:
            error = found
            break
        waiting.append(batch)
        while (cut := _cut(waiting, max_rows)) is not None:
            head, waiting = cut
            yield from (_chunk(finish(part), layout) for part in head.split_by_weight())
    if any(len(batch.numbers) or batch.faults for batch in waiting):
        yield from (_chunk(finish(part), layout) for part in concatenate(waiting).split_by_weight())
    if error is not None:
        raise error


def _chunk(batch: RowBatch, layout: Layout) -> Chunk:
    return Chunk(layout, batch.numbers, batch.table, sort_faults(batch.faults))


def concatenate(batches: list[RowBatch]) -> RowBatch:
    faults = [fault for batch in batches for fault in batch.faults]
    filled = [batch for batch in batches if len(batch.numbers)] or batches[:1]
    table = pa.concat_tables([batch.table for batch in filled]).unify_dictionaries()
    return RowBatch(table, np.concatenate([batch.numbers for batch in filled]), faults)


def _cut(waiting: list[RowBatch], max_rows: int) -> tuple[RowBatch, list[RowBatch]] | None:
    """Return the next rows for a chunk and the rest; None until there are enough rows or cells.

    Where the cells exceed `MAX_CHUNK_CELLS`, the chunk is all but the last patient, who may have more rows.
    """
    first = _first_row(waiting)
    last = max((int(batch.numbers[-1]) for batch in waiting if len(batch.numbers)), default=0)
    last = max([last, *(fault.row for batch in waiting for fault in batch.faults)])
    if last - first >= max_rows:
        end = first + max_rows
    elif last > first and sum(batch.weight for batch in waiting) > MAX_CHUNK_CELLS:
        end = last
    else:
        return None
    head, tail = concatenate(waiting).split_at([end])
    return head, [tail]


def _first_row(waiting: list[RowBatch]) -> int:
    rows = [int(batch.numbers[0]) for batch in waiting if len(batch.numbers)]
    return min([*rows, *(fault.row for batch in waiting for fault in batch.faults)], default=0)
