"""Parquet: columns as they are, from a file that can be read in any order."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from registry.decode.headers import bind, refuse_types
from registry.limits import MAX_COLUMNS, MAX_GROUP_BYTES, MAX_ROWS
from registry.options import ReadOptions
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from schemas.inputs.faults import Fault, InputError
from schemas.summary.declared_facts import declared

BATCH = 20_000


def read_parquet(source: ByteSource, options: ReadOptions) -> Iterator[RowBatch]:
    """The rows of the file in pieces.

    Raises: InputError for a file that is damaged or has columns that no fact can be read from.
    """
    with _whole(source) as file, _faults_told():
        opened = parquet.ParquetFile(file, pre_buffer=False)
        _refuse_size(opened)
        schema = unfolded(opened.schema_arrow.empty_table()).schema
        plain = bind(schema.names, options).plain
        refuse_types(schema, options)
        rows = 0
        for batch in opened.iter_batches(BATCH):
            table = _gathered(unfolded(pa.Table.from_batches([batch])), plain)
            yield RowBatch(table, np.arange(rows + 1, rows + 1 + len(batch), dtype=np.int64))
            rows += len(batch)


def first_rows(source: ByteSource, rows: int) -> pa.Table:
    """The first rows of a file, for a preview."""
    with _whole(source) as file, _faults_told():
        opened = parquet.ParquetFile(file, pre_buffer=False)
        _refuse_size(opened)
        batches = list(islice(opened.iter_batches(rows), 1))
        return unfolded(pa.Table.from_batches(batches, opened.schema_arrow))


def unfolded(table: pa.Table) -> pa.Table:
    """Each section of facts as columns under their paths; what is itself a fact, such as a time, stays whole."""
    columns: dict[str, pa.ChunkedArray] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_struct(column.type) and name not in declared().facts:
            inner = pa.table(column.flatten(), names=[f"{name}.{part.name}" for part in column.type])
            below = unfolded(inner)
            columns |= dict(zip(below.column_names, below.columns, strict=True))
        else:
            columns[name] = column
    return pa.table(columns)


def _gathered(table: pa.Table, plain: Container[int]) -> pa.Table:
    """With distinct words, as text is read, but for columns that hardly repeat one."""
    columns = [
        column.dictionary_encode() if place not in plain and pa.types.is_string(column.type) else column
        for place, column in enumerate(table.columns)
    ]
    return pa.table(columns, names=table.column_names)


def _refuse_size(opened: parquet.ParquetFile) -> None:
    about = opened.metadata
    if about.num_columns > MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns")])
    if about.num_rows > MAX_ROWS:
        raise InputError([Fault("", f"more than {MAX_ROWS:,} rows")])
    for place in range(about.num_row_groups):
        if about.row_group(place).total_byte_size > MAX_GROUP_BYTES:
            hint = "write it in smaller groups"
            raise InputError([Fault("", f"row group {place} unpacks to more than {MAX_GROUP_BYTES:,} bytes", hint)])


@contextmanager
def _whole(source: ByteSource) -> Iterator[BinaryIO]:
    """The whole file on disk: its directory stands at its end."""
    with TemporaryFile(prefix="trialmatch-parquet-") as file:
        for block in source.blocks():
            file.write(block)
        file.flush()
        file.seek(0)
        yield file


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError([Fault("", "a Parquet file that is cut short or damaged", "send it again")]) from None
