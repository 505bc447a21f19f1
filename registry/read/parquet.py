"""Read Parquet: columns keep their types, and sections of facts become columns."""

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from registry.decode.table_header import bind_header, refuse_types
from registry.limits import MAX_COLUMNS, MAX_ROW_GROUP_BYTES, MAX_ROWS, PARQUET_BATCH_ROWS
from registry.options import ReadOptions
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from schemas.inputs.faults import Fault, InputError
from schemas.summary.declared_facts import declared


def read_parquet(source: ByteSource, options: ReadOptions) -> Iterator[RowBatch]:
    """Yield the rows of the file in batches.

    Raises: InputError for a damaged file, or one with columns of a type that no fact has.
    """
    with _spooled(source) as file, _damage_reported():
        opened = parquet.ParquetFile(file, pre_buffer=False)
        _refuse_size(opened)
        yield from read_arrow(opened.schema_arrow, opened.iter_batches(PARQUET_BATCH_ROWS), options)


def read_arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch], options: ReadOptions) -> Iterator[RowBatch]:
    """Yield the rows of Arrow batches of any size in batches.

    Raises: InputError for a schema with columns of a type that no fact has.
    """
    flat = flattened(schema.empty_table()).schema
    if len(flat) > MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns")])
    unencoded = bind_header(flat.names, options).unencoded
    refuse_types(flat, options)
    rows = 0
    for batch in batches:
        for start in range(0, len(batch), PARQUET_BATCH_ROWS):
            table = flattened(pa.Table.from_batches([batch.slice(start, PARQUET_BATCH_ROWS)]))
            numbers = np.arange(rows + 1, rows + 1 + len(table), dtype=np.int64)
            yield RowBatch(_dictionary_encoded(table, unencoded), numbers)
            rows += len(table)


def first_rows(source: ByteSource, rows: int) -> pa.Table:
    """Return the first rows of a file, for a preview."""
    with _spooled(source) as file, _damage_reported():
        opened = parquet.ParquetFile(file, pre_buffer=False)
        _refuse_size(opened)
        batches = list(islice(opened.iter_batches(rows), 1))
        return flattened(pa.Table.from_batches(batches, opened.schema_arrow))


def flattened(table: pa.Table) -> pa.Table:
    """Turn each section into columns named by the paths of its facts; a structure that is a fact stays whole."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_struct(column.type) and name not in declared().facts:
            section = flattened(pa.table(column.flatten(), names=[f"{name}.{part.name}" for part in column.type]))
            columns |= dict(zip(section.column_names, section.columns, strict=True))
        else:
            columns[name] = column
    return pa.table(columns)


def _dictionary_encoded(table: pa.Table, unencoded: Container[int]) -> pa.Table:
    """Encode the text columns, as CSV is read, except for columns that rarely repeat a value."""
    columns = [
        column.dictionary_encode() if place not in unencoded and pa.types.is_string(column.type) else column
        for place, column in enumerate(table.columns)
    ]
    return pa.table(columns, names=table.column_names)


def _refuse_size(opened: parquet.ParquetFile) -> None:
    metadata = opened.metadata
    if metadata.num_columns > MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns")])
    if metadata.num_rows > MAX_ROWS:
        raise InputError([Fault("", f"more than {MAX_ROWS:,} rows")])
    for place in range(metadata.num_row_groups):
        if metadata.row_group(place).total_byte_size > MAX_ROW_GROUP_BYTES:
            message = f"row group {place} decompresses to more than {MAX_ROW_GROUP_BYTES:,} bytes"
            raise InputError([Fault("", message, "write the file in smaller row groups")])


@contextmanager
def _spooled(source: ByteSource) -> Iterator[BinaryIO]:
    """Copy the stream to a temporary file: the directory of a Parquet file is at its end."""
    with TemporaryFile(prefix="trialmatch-parquet-") as file:
        for block in source.blocks():
            file.write(block)
        file.flush()
        file.seek(0)
        yield file


@contextmanager
def _damage_reported() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError([Fault("", "the Parquet file is incomplete or damaged", "send it again")]) from None
