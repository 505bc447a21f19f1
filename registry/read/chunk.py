"""A chunk: some rows of a file as compressed columns, with their numbers and the faults of unreadable rows."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from sys import intern
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.inputs.faults import Fault

Layout: TypeAlias = Literal["columns", "lines"]
"""`columns`: the columns of the file under its headers. `lines`: one column of JSON texts."""

LINE_COLUMN = "line"
ZSTD = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))
NARROW_INDEX_TYPES = ((127, pa.int8()), (32_767, pa.int16()))
"""The most distinct values that fit each index type."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault of one row and its path in the summary, never the value. A file may have millions of them."""

    row: int
    path: str
    message: str

    @classmethod
    def of(cls, row: int, fault: Fault) -> "RowFault":
        message = f"{fault.message} ({fault.hint})" if fault.hint else fault.message
        return cls(row, intern(fault.path), intern(message))


def group_faults(faults: Iterable[RowFault]) -> dict[str, dict[str, list[int]]]:
    """Group rows by path and message: a dirty file repeats a few faults in most rows."""
    out: dict[str, dict[str, list[int]]] = {}
    for fault in faults:
        out.setdefault(fault.path, {}).setdefault(fault.message, []).append(fault.row)
    return out


def ungroup_faults(groups: Mapping[str, Mapping[str, Sequence[int]]]) -> tuple[RowFault, ...]:
    """Return the faults that `group_faults` grouped, sorted."""
    by_message = ((path, message, rows) for path, messages in groups.items() for message, rows in messages.items())
    return sort_faults(RowFault(row, path, message) for path, message, rows in by_message for row in rows)


def sort_faults(faults: Iterable[RowFault]) -> tuple[RowFault, ...]:
    """Sort by row, path and message."""
    return tuple(sorted(faults, key=attrgetter("row", "path", "message")))


@dataclass(frozen=True)
class Chunk:
    """Rows as read from the file. Shape: `numbers` int64, the row number of each row of `table`.

    In long form the rows of a patient share a number. `faults` are of rows that are not in the table.
    """

    layout: Layout
    numbers: NDArray[np.int64]
    table: pa.Table
    faults: tuple[RowFault, ...] = ()

    def to_bytes(self, compress: bool = True) -> bytes:
        """Pack the chunk; equal chunks give equal bytes."""
        about = {"layout": self.layout, "faults": group_faults(self.faults)}
        names, columns = _filled_columns(self.table)
        table = pa.Table.from_arrays([*columns, pa.array(self.numbers)], names=[*names, ""])
        return pack(table, about | {"names": self.table.column_names}, compress)

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Chunk":
        """Unpack what `to_bytes` packed."""
        table, about = unpack(payload)
        numbers = table.column(table.num_columns - 1).to_numpy()
        faults = ungroup_faults(about["faults"])
        empty = pa.chunked_array([pa.nulls(len(numbers))])
        columns = [empty] * len(about["names"])
        for place, column in zip(table.column_names[:-1], table.columns, strict=False):
            columns[int(place)] = column
        return cls(about["layout"], numbers, pa.Table.from_arrays(columns, names=about["names"]), faults)


def _filled_columns(table: pa.Table) -> tuple[list[str], list[pa.Array]]:
    """Return the columns with any cell, each named by its place, with the narrowest indices that fit."""
    names, columns = [], []
    for place, column in enumerate(table.columns):
        if column.null_count < len(column):
            names.append(str(place))
            columns.append(_narrow(column.combine_chunks()))
    return names, columns


def _narrow(column: pa.Array) -> pa.Array:
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0)
    if not pa.types.is_dictionary(column.type) or column.type.index_type != pa.int32():
        return column
    count = len(column.dictionary)
    if count > NARROW_INDEX_TYPES[-1][0]:
        return column
    index_type = next(index_type for most, index_type in NARROW_INDEX_TYPES if count <= most)
    # The count proves that every index fits; Arrow's own check of each takes seven times as long (measured).
    return pa.DictionaryArray.from_arrays(column.indices.cast(index_type, safe=False), column.dictionary, safe=False)


def pack(table: pa.Table, about: dict[str, Any], compress: bool = True) -> bytes:
    """Write columns and some JSON about them as compressed bytes."""
    table = table.combine_chunks().replace_schema_metadata({"about": json.dumps(about, sort_keys=True)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=ZSTD if compress else None) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(payload: bytes) -> tuple[pa.Table, dict[str, Any]]:
    """Read what `pack` wrote."""
    table = pa.ipc.open_stream(pa.py_buffer(payload)).read_all()
    return table.replace_schema_metadata(None), json.loads(table.schema.metadata[b"about"])
