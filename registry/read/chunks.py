"""A file to chunks: one pass forwards, whatever its size."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry.decode.headers import bind
from registry.limits import MAX_ROWS, MAX_ROWS_OF_PATIENT, ROWS_PER_CHUNK
from registry.options import Format, ReadOptions
from registry.read import ndjson as lines
from registry.read.chunk import Chunk, Layout
from registry.read.delimited import read_delimited
from registry.read.parquet import read_parquet
from registry.read.references import SeenReferences
from registry.read.row_batches import RowBatch, chunked, joined
from registry.read.source import ByteSource, format_of
from registry.screen.row_faults import RowFault
from schemas.inputs.faults import Fault, InputError


def read_chunks(stream: BinaryIO, options: ReadOptions, rows_per_chunk: int = ROWS_PER_CHUNK) -> Iterator[bytes]:
    """The rows of a file as compressed chunks, each of which says all that `screen_chunk` needs.

    Raises: InputError, after the whole chunks before it, for a fault of the file itself, with its place.
    """
    for chunk in chunks_of(ByteSource(stream, options), options, rows_per_chunk):
        yield chunk.to_bytes()


def chunks_of(source: ByteSource, options: ReadOptions, rows_per_chunk: int = ROWS_PER_CHUNK) -> Iterator[Chunk]:
    """The same before it is packed."""
    kind = format_of(source, options)
    pieces = _pieces(source, kind, options)
    references = _references(kind, options)
    if options.long and kind != "ndjson":
        pieces = _patients(pieces, references)
    layout: Layout = "lines" if kind == "ndjson" else "columns"
    seen = SeenReferences()

    def finish(piece: RowBatch) -> RowBatch:
        _refuse_endless(piece)
        return _once_each(piece, seen, references)

    found = 0
    for chunk in chunked(pieces, layout, rows_per_chunk, finish):
        found += 1
        yield chunk
    if not found:
        raise InputError([Fault("", "the file has no rows")])


def _pieces(source: ByteSource, kind: Format, options: ReadOptions) -> Iterator[RowBatch]:
    if kind == "ndjson":
        return lines.read_lines(source)
    if kind == "parquet":
        return read_parquet(source, options)
    return read_delimited(source, options, kind == "tsv")


def _references(kind: Format, options: ReadOptions) -> Callable[[pa.Table], list[str | None]]:
    if kind == "ndjson":
        return lines.references

    def found(table: pa.Table) -> list[str | None]:
        cells = table.column(bind(table.column_names, options).reference)
        texts = pc.utf8_trim_whitespace(cells.cast(pa.string()))
        return [text or None for text in texts.to_pylist()]

    return found


def _patients(pieces: Iterable[RowBatch], references: Callable[[pa.Table], list[str | None]]) -> Iterator[RowBatch]:
    """Long form: neighbouring rows of one reference get the number of the first of them, and stay together.

    Raises: what the pieces raise, without the last patient before it, who may have had more rows.
    """
    number, last = 0, None
    waiting: list[RowBatch] = []
    for piece in pieces:
        numbers = piece.numbers.copy()
        for place, reference in enumerate(references(piece.table)):
            if reference is None or reference != last:
                number, last = int(numbers[place]), reference
            numbers[place] = number
        waiting.append(RowBatch(piece.table, numbers, piece.faults))
        whole, rest = joined(waiting).divided([number])
        if len(whole.numbers) or whole.faults:
            yield _bounded(whole)
        waiting = [rest.beginning(MAX_ROWS_OF_PATIENT + 1)]
    yield from map(_bounded, waiting)


def _bounded(piece: RowBatch) -> RowBatch:
    """Without the patients of too many rows."""
    numbers, counts = np.unique(piece.numbers, return_counts=True)
    endless = numbers[counts > MAX_ROWS_OF_PATIENT].tolist()
    if not endless:
        return piece
    message = f"more than {MAX_ROWS_OF_PATIENT:,} rows of one patient"
    return piece.refused([RowFault(number, "", message) for number in endless])


def _once_each(piece: RowBatch, seen: SeenReferences, references: Callable[[pa.Table], list[str | None]]) -> RowBatch:
    """Without the rows whose reference was used before."""
    numbers, firsts = np.unique(piece.numbers, return_index=True)
    first_rows = piece.table.take(pa.array(firsts)) if len(firsts) < len(piece.numbers) else piece.table
    repeated = seen.repeated(numbers.tolist(), references(first_rows))
    return piece.refused(repeated) if repeated else piece


def _refuse_endless(piece: RowBatch) -> None:
    if len(piece.numbers) and piece.numbers[-1] > MAX_ROWS:
        raise InputError([Fault("", f"more than {MAX_ROWS:,} rows", "divide the file")])
