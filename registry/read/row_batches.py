"""What a reader gives: some rows with their numbers; and pieces of any size as chunks of one size."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry.read.chunk import Chunk, Layout
from registry.screen.row_faults import RowFault, in_order
from schemas.inputs.faults import InputError

HEAVY = 200_000
"""Cells of a chunk that are read each by itself: a process takes ten seconds for them where each is refused, and some
hundred megabytes (measured)."""

CELL_BYTES = 40
"""Of text that is not gathered into distinct cells, what counts as one: a name and its value in a line of NDJSON."""

CODES = 40
"""Cells that are gathered, or empty, which count as one: a table of 5,000 columns has millions in a few rows."""


@dataclass
class RowBatch:
    """Rows of a table with their numbers, and the faults of rows that are not in it. Long form repeats a number."""

    table: pa.Table
    numbers: NDArray[np.int64]
    faults: list[RowFault] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Cells that are read each by itself, at least: blocks that were parsed apart may share them."""
        return sum(map(_weight, self.table.columns))

    def divided(self, at: Sequence[int]) -> "list[RowBatch]":
        """The rows before the first of these row numbers, from there to the next, and so on."""
        places = [0, *np.searchsorted(self.numbers, at).tolist(), len(self.numbers)]
        parts = [self._rows(start, stop) for start, stop in pairwise(places)]
        for fault in self.faults:
            parts[bisect_right(at, fault.row)].faults.append(fault)
        return parts

    def light(self) -> "list[RowBatch]":
        """The same in parts that are not too heavy, as far as the rows of one patient allow."""
        count = -(-self.weight // HEAVY)
        if count < 2 or not len(self.numbers):
            return [self]
        starts = self.numbers[np.arange(1, count) * len(self.numbers) // count]
        return self.divided(np.unique(starts[starts > self.numbers[0]]).tolist())

    def refused(self, faults: Sequence[RowFault]) -> "RowBatch":
        """Without the rows that have these faults, which it tells."""
        kept = np.flatnonzero(~np.isin(self.numbers, [fault.row for fault in faults]))
        return RowBatch(self.table.take(pa.array(kept)), self.numbers[kept], [*self.faults, *faults])

    def beginning(self, rows: int) -> "RowBatch":
        """At most so many rows of it, and all its faults."""
        return self if len(self.numbers) <= rows else replace(self._rows(0, rows), faults=self.faults)

    def _rows(self, start: int, stop: int) -> "RowBatch":
        table = self.table.slice(start, stop - start)
        columns = [_slim(column) for column in table.columns]
        return RowBatch(pa.table(columns, names=table.column_names), self.numbers[start:stop])


def _weight(column: pa.ChunkedArray) -> int:
    if pa.types.is_dictionary(column.type):
        return _words(column) + len(column) // CODES
    return int(column.nbytes) // CELL_BYTES


def _words(column: pa.ChunkedArray) -> int:
    return max((len(chunk.dictionary) for chunk in column.chunks), default=0)


def _slim(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without the words of other rows, where they are many."""
    if not pa.types.is_dictionary(column.type) or _words(column) <= len(column):
        return column
    return column.cast(column.type.value_type).dictionary_encode()


def chunked(
    pieces: Iterable[RowBatch], layout: Layout, size: int, finish: Callable[[RowBatch], RowBatch]
) -> Iterator[Chunk]:
    """Chunks of `size` rows of the file, good and bad, and of fewer where they are heavy. A patient is never divided.

    `finish` looks at every row once, in order. Raises: InputError of the pieces, after the whole rows before it.
    """
    waiting: list[RowBatch] = []
    error: InputError | None = None
    stream = iter(pieces)
    while error is None:
        try:
            piece = next(stream)
        except StopIteration:
            break
        except InputError as found:
            error = found
            break
        waiting.append(piece)
        while (cut := _cut(waiting, size)) is not None:
            whole, waiting = cut
            yield from (_chunk(finish(part), layout) for part in whole.light())
    if any(len(piece.numbers) or piece.faults for piece in waiting):
        yield from (_chunk(finish(part), layout) for part in joined(waiting).light())
    if error is not None:
        raise error


def _chunk(piece: RowBatch, layout: Layout) -> Chunk:
    return Chunk(layout, piece.numbers, piece.table, in_order(piece.faults))


def joined(pieces: list[RowBatch]) -> RowBatch:
    faults = [fault for piece in pieces for fault in piece.faults]
    filled = [piece for piece in pieces if len(piece.numbers)] or pieces[:1]
    table = pa.concat_tables([piece.table for piece in filled]).unify_dictionaries()
    return RowBatch(table, np.concatenate([piece.numbers for piece in filled]), faults)


def _cut(waiting: list[RowBatch], size: int) -> tuple[RowBatch, list[RowBatch]] | None:
    """The first `size` rows of the file, or all but the last patient where they are heavy, and what is left.

    None while there are not more.
    """
    first = _first(waiting)
    last = max((int(piece.numbers[-1]) for piece in waiting if len(piece.numbers)), default=0)
    last = max([last, *(fault.row for piece in waiting for fault in piece.faults)])
    if last - first >= size:
        end = first + size
    elif last > first and sum(piece.weight for piece in waiting) > HEAVY:
        end = last
    else:
        return None
    head, tail = joined(waiting).divided([end])
    return head, [tail]


def _first(waiting: list[RowBatch]) -> int:
    rows = [int(piece.numbers[0]) for piece in waiting if len(piece.numbers)]
    return min([*rows, *(fault.row for piece in waiting for fault in piece.faults)], default=0)
