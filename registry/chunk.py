"""A chunk: some rows of a file as compressed columns, with their numbers and what was wrong with others."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.errors import Fault

Layout: TypeAlias = Literal["columns", "lines"]
"""`columns`: as the file has them, under its headers. `lines`: one column of JSON texts."""

LINE = "line"
NO_MORE = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row, and where in its summary; never the value."""

    row: int
    path: str
    message: str

    @classmethod
    def of(cls, row: int, fault: Fault) -> "RowFault":
        return cls(row, fault.path, f"{fault.message} ({fault.hint})" if fault.hint else fault.message)


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

    def to_bytes(self) -> bytes:
        """The same bytes for the same chunk."""
        about = {"layout": self.layout, "faults": [list(asdict(fault).values()) for fault in self.faults]}
        table = self.table.append_column("", pa.array(self.numbers))
        return pack(table, about)

    @classmethod
    def from_bytes(cls, payload: bytes) -> "Chunk":
        """The chunk of a payload."""
        table, about = unpack(payload)
        numbers = table.column(table.num_columns - 1).to_numpy()
        faults = tuple(RowFault(*one) for one in about["faults"])
        return cls(about["layout"], numbers, table.remove_column(table.num_columns - 1), faults)


def pack(table: pa.Table, about: dict[str, Any]) -> bytes:
    """Columns and a few words about them as compressed bytes."""
    table = table.combine_chunks().replace_schema_metadata({"about": json.dumps(about, sort_keys=True)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=NO_MORE) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(payload: bytes) -> tuple[pa.Table, dict[str, Any]]:
    """What `pack` made."""
    table = pa.ipc.open_stream(pa.py_buffer(payload)).read_all()
    return table.replace_schema_metadata(None), json.loads(table.schema.metadata[b"about"])


def empty_table(names: Sequence[str] = ()) -> pa.Table:
    """No rows under these headers."""
    return pa.table([pa.array([], pa.string()) for _ in names], names=list(names))
