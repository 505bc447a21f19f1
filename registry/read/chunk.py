"""A chunk: some rows of a file as compressed columns, with their numbers and what was wrong with others."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry.screen.row_faults import RowFault, grouped, ungrouped

Layout: TypeAlias = Literal["columns", "lines"]
"""`columns`: as the file has them, under its headers. `lines`: one column of JSON texts."""

LINE = "line"
ZSTD = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))
NARROW = ((127, pa.int8()), (32_767, pa.int16()))


@dataclass(frozen=True)
class Chunk:
    """Rows as they were read. Shape: `numbers` int64, one for each row of `table`; long form repeats a number.

    `faults` are those of rows that are not in the table.
    """

    layout: Layout
    numbers: NDArray[np.int64]
    table: pa.Table
    faults: tuple[RowFault, ...] = ()

    @property
    def first_row(self) -> int:
        """The lowest row number."""
        lowest = [int(self.numbers[0])] if len(self.numbers) else []
        return min([*lowest, *(fault.row for fault in self.faults)], default=0)

    def to_bytes(self, compress: bool = True) -> bytes:
        """The same bytes for the same chunk."""
        about = {"layout": self.layout, "faults": grouped(self.faults)}
        names, columns = _stated(self.table)
        table = pa.Table.from_arrays([*columns, pa.array(self.numbers)], names=[*names, ""])
        return pack(table, about | {"names": self.table.column_names}, compress)

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Chunk":
        """The chunk of a payload."""
        table, about = unpack(payload)
        numbers = table.column(table.num_columns - 1).to_numpy()
        faults = ungrouped(about["faults"])
        nothing = pa.chunked_array([pa.nulls(len(numbers))])
        columns = [nothing] * len(about["names"])
        for place, column in zip(table.column_names[:-1], table.columns, strict=False):
            columns[int(place)] = column
        return cls(about["layout"], numbers, pa.Table.from_arrays(columns, names=about["names"]), faults)


def _stated(table: pa.Table) -> tuple[list[str], list[pa.Array]]:
    """The columns that say anything, each named by its place; to be packed, with codes no wider than they need be."""
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
    if count > NARROW[-1][0]:
        return column
    kind = next(kind for most, kind in NARROW if count <= most)
    # Every place fits by its count: to let Arrow look at each again takes seven times as long (measured).
    return pa.DictionaryArray.from_arrays(column.indices.cast(kind, safe=False), column.dictionary, safe=False)


def pack(table: pa.Table, about: dict[str, Any], compress: bool = True) -> bytes:
    """Columns and a few words about them as compressed bytes."""
    table = table.combine_chunks().replace_schema_metadata({"about": json.dumps(about, sort_keys=True)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=ZSTD if compress else None) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(payload: bytes) -> tuple[pa.Table, dict[str, Any]]:
    """What `pack` made."""
    table = pa.ipc.open_stream(pa.py_buffer(payload)).read_all()
    return table.replace_schema_metadata(None), json.loads(table.schema.metadata[b"about"])


def empty_table(names: Sequence[str] = ()) -> pa.Table:
    """No rows under these headers."""
    return pa.table([pa.array([], pa.string()) for _ in names], names=list(names))
