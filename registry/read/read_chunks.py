"""Read a registry file into chunks, in one forward pass whatever its size."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry.decode.table_header import REFERENCE, bind_header
from registry.limits import MAX_ROWS, MAX_ROWS_OF_PATIENT, ROWS_PER_CHUNK
from registry.options import Format, ReadOptions
from registry.read import ndjson
from registry.read.chunk import Chunk, Layout, RowFault
from registry.read.delimited import read_delimited
from registry.read.parquet import read_arrow, read_parquet
from registry.read.row_batches import RowBatch, concatenate, regroup
from registry.read.source import ByteSource, detect_format
from schemas.inputs.faults import Fault, InputError

REPEATED_REFERENCE = "this patient reference appears in an earlier row (keep one row per patient)"

ReadReferences: TypeAlias = Callable[[pa.Table], list[str | None]]
"""Reads the patient reference of each row of a table; None where there is none."""


def read_chunks(stream: BinaryIO, options: ReadOptions, rows_per_chunk: int = ROWS_PER_CHUNK) -> Iterator[bytes]:
    """Yield the rows of a file as compressed chunks, each with all that `screen_chunk` needs.

    Raises: InputError, after the whole chunks before it, for a fault of the file itself, with its position.
    """
    for chunk in chunks_of(ByteSource(stream, options), options, rows_per_chunk):
        yield chunk.to_bytes()


def chunks_of(source: ByteSource, options: ReadOptions, rows_per_chunk: int = ROWS_PER_CHUNK) -> Iterator[Chunk]:
    """Yield the chunks before compression; see `read_chunks`."""
    kind = detect_format(source, options)
    yield from _chunks_of_batches(_read_batches(source, kind, options), kind, options, rows_per_chunk)


def chunks_of_arrow(
    reader: pa.RecordBatchReader, options: ReadOptions, rows_per_chunk: int = ROWS_PER_CHUNK
) -> Iterator[Chunk]:
    """Yield the rows of an Arrow stream as chunks, read like those of a Parquet file."""
    yield from _chunks_of_batches(read_arrow(reader.schema, reader, options), "parquet", options, rows_per_chunk)


def _chunks_of_batches(
    batches: Iterator[RowBatch], kind: Format, options: ReadOptions, rows_per_chunk: int
) -> Iterator[Chunk]:
    read_references = _reference_reader(kind, options)
    if options.long and kind != "ndjson":
        batches = _number_by_patient(batches, read_references)
    layout: Layout = "lines" if kind == "ndjson" else "columns"
    seen = SeenReferences()

    def finish(batch: RowBatch) -> RowBatch:
        _refuse_too_many_rows(batch)
        return _drop_repeated(batch, seen, read_references)

    count = 0
    for chunk in regroup(batches, layout, rows_per_chunk, finish):
        count += 1
        yield chunk
    if not count:
        raise InputError([Fault("", "the file has no rows")])


def _read_batches(source: ByteSource, kind: Format, options: ReadOptions) -> Iterator[RowBatch]:
    if kind == "ndjson":
        return ndjson.read_lines(source)
    if kind == "parquet":
        return read_parquet(source, options)
    return read_delimited(source, options, kind == "tsv")


def _reference_reader(kind: Format, options: ReadOptions) -> ReadReferences:
    if kind == "ndjson":
        return ndjson.read_references

    def read_references(table: pa.Table) -> list[str | None]:
        cells = table.column(bind_header(table.column_names, options).reference)
        texts = pc.utf8_trim_whitespace(cells.cast(pa.string()))
        return [text or None for text in texts.to_pylist()]

    return read_references


def _number_by_patient(batches: Iterable[RowBatch], read_references: ReadReferences) -> Iterator[RowBatch]:
    """Give neighbouring rows of one patient (long form) the number of the first of them, and keep them together.

    Raises: the error of the batches, without the last patient before it, who may have had more rows.
    """
    number, last = 0, None
    waiting: list[RowBatch] = []
    for batch in batches:
        numbers = batch.numbers.copy()
        for place, reference in enumerate(read_references(batch.table)):
            if reference is None or reference != last:
                number, last = int(numbers[place]), reference
            numbers[place] = number
        waiting.append(RowBatch(batch.table, numbers, batch.faults))
        complete, rest = concatenate(waiting).split_at([number])
        if len(complete.numbers) or complete.faults:
            yield _drop_long_patients(complete)
        waiting = [rest.first_rows(MAX_ROWS_OF_PATIENT + 1)]
    yield from map(_drop_long_patients, waiting)


def _drop_long_patients(batch: RowBatch) -> RowBatch:
    """Drop patients of more than `MAX_ROWS_OF_PATIENT` rows."""
    numbers, counts = np.unique(batch.numbers, return_counts=True)
    too_long = numbers[counts > MAX_ROWS_OF_PATIENT].tolist()
    if not too_long:
        return batch
    message = f"this patient has more than {MAX_ROWS_OF_PATIENT:,} rows"
    return batch.drop_rows([RowFault(number, "", message) for number in too_long])


def _drop_repeated(batch: RowBatch, seen: "SeenReferences", read_references: ReadReferences) -> RowBatch:
    """Drop the rows whose reference was used before."""
    numbers, firsts = np.unique(batch.numbers, return_index=True)
    first_rows = batch.table.take(pa.array(firsts)) if len(firsts) < len(batch.numbers) else batch.table
    repeated = seen.find_repeated(numbers.tolist(), read_references(first_rows))
    return batch.drop_rows(repeated) if repeated else batch


def _refuse_too_many_rows(batch: RowBatch) -> None:
    if len(batch.numbers) and batch.numbers[-1] > MAX_ROWS:
        raise InputError([Fault("", f"more than {MAX_ROWS:,} rows", "split the file")])


class SeenReferences:
    """The patient references read so far. Units: about 100 bytes each, the only memory that grows with the file."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def find_repeated(self, rows: Iterable[int], references: list[str | None]) -> list[RowFault]:
        """Return a fault for each row whose reference was seen before; missing references are checked elsewhere."""
        present = [reference for reference in references if reference is not None]
        distinct = set(present)
        if len(distinct) == len(present) and self._seen.isdisjoint(distinct):
            self._seen |= distinct
            return []
        return [
            RowFault(row, REFERENCE, REPEATED_REFERENCE)
            for row, reference in zip(rows, references, strict=True)
            if reference is not None and self._was_seen(reference)
        ]

    def _was_seen(self, reference: str) -> bool:
        known = reference in self._seen
        self._seen.add(reference)
        return known
