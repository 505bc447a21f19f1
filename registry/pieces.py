"""What a reader gives: some rows with their numbers; and pieces of any size as chunks of one size."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry.chunk import Chunk, Layout, RowFault
from schemas.errors import InputError


@dataclass
class Piece:
    """Rows of a table with their numbers, and the faults of rows that are not in it. Long form repeats a number."""

    table: pa.Table
    numbers: NDArray[np.int64]
    faults: list[RowFault] = field(default_factory=list)

    def rows(self, start: int, stop: int) -> "Piece":
        return Piece(self.table.slice(start, stop - start), self.numbers[start:stop])


def chunked(pieces: Iterable[Piece], layout: Layout, size: int, finish: Callable[[Piece], Piece]) -> Iterator[Chunk]:
    """Chunks of `size` rows of the file, good and bad; the last may be shorter. A patient is never divided.

    `finish` looks at every row once, in order. Raises: InputError of the pieces, after the whole rows before it.
    """
    waiting: list[Piece] = []
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
            yield _chunk(finish(whole), layout)
    if any(len(piece.numbers) or piece.faults for piece in waiting):
        yield _chunk(finish(_joined(waiting)), layout)
    if error is not None:
        raise error


def _chunk(piece: Piece, layout: Layout) -> Chunk:
    faults = tuple(sorted(piece.faults, key=lambda fault: (fault.row, fault.path)))
    return Chunk(layout, piece.numbers, piece.table, faults)


def _joined(pieces: list[Piece]) -> Piece:
    faults = [fault for piece in pieces for fault in piece.faults]
    filled = [piece for piece in pieces if len(piece.numbers)] or pieces[:1]
    table = pa.concat_tables([piece.table for piece in filled]).unify_dictionaries()
    return Piece(table, np.concatenate([piece.numbers for piece in filled]), faults)


def _cut(waiting: list[Piece], size: int) -> tuple[Piece, list[Piece]] | None:
    """The first `size` rows of the file, and what is left; None while there are not more."""
    first = _first(waiting)
    last = max((int(piece.numbers[-1]) for piece in waiting if len(piece.numbers)), default=0)
    last = max([last, *(fault.row for piece in waiting for fault in piece.faults)])
    if last - first < size:
        return None
    whole = _joined(waiting)
    place = int(np.searchsorted(whole.numbers, first + size))
    head, tail = whole.rows(0, place), whole.rows(place, len(whole.numbers))
    for fault in whole.faults:
        (head if fault.row < first + size else tail).faults.append(fault)
    return head, [tail]


def _first(waiting: list[Piece]) -> int:
    rows = [int(piece.numbers[0]) for piece in waiting if len(piece.numbers)]
    return min([*rows, *(fault.row for piece in waiting for fault in piece.faults)], default=0)
