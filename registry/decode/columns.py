"""Rows as columns of distinct JSON values: what the file says, before any of it is checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.decode.cells import reader
from registry.decode.headers import HeaderColumn, bind, tables_shorthand
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.screen.row_faults import RowFault

BETWEEN_WORDS = "|"
STATED_TWICE = "two rows of this patient state it differently"

Indices = NDArray[np.int32]


@dataclass(frozen=True)
class DistinctColumn:
    """Distinct values. Shape: `codes` are places in `values`, one for each row or record; -1 where not stated."""

    codes: Indices
    values: Sequence[Any]

    def at(self, row: int) -> Any:
        """The value of a row, None where not stated."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    def take(self, rows: NDArray[Any]) -> "DistinctColumn":
        return DistinctColumn(self.codes[rows], self.values)


@dataclass(frozen=True)
class DistinctTable:
    """Records of all rows one after the other; row i owns `offsets[i]:offsets[i + 1]`."""

    offsets: NDArray[np.int64]
    columns: Mapping[str, DistinctColumn]


@dataclass(frozen=True)
class DistinctRows:
    """The rows of a chunk. Shape: `numbers` one for each patient.

    `faults` are of rows that contradict themselves; `odd` are rows of which the columns do not tell all.
    """

    numbers: NDArray[np.int64]
    references: pa.Array
    facts: Mapping[str, DistinctColumn]
    tables: Mapping[str, DistinctTable]
    notes: DistinctColumn | None = None
    faults: tuple[RowFault, ...] = ()
    odd: NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        return len(self.numbers)


@dataclass
class _SortedColumns:
    """The columns of a chunk sorted by what they state."""

    facts: dict[str, DistinctColumn] = field(default_factory=dict)
    slots: dict[str, dict[int, dict[str, DistinctColumn]]] = field(default_factory=dict)
    tables: dict[str, DistinctTable] = field(default_factory=dict)
    notes: DistinctColumn | None = None
    references: pa.Array | None = None


def raw_of(chunk: Chunk, options: ReadOptions) -> DistinctRows:
    """The rows of a chunk of columns."""
    parts = _SortedColumns()
    for column in bind(chunk.table.column_names, options).columns:
        cells = chunk.table.column(column.number)
        if cells.null_count < len(cells) or column.place.kind == "reference":
            _sort_in(parts, column, cells, options)
    return _grouped(parts, chunk) if options.long else _flat(parts, chunk)


def _sort_in(parts: _SortedColumns, column: HeaderColumn, cells: pa.ChunkedArray, options: ReadOptions) -> None:
    place = column.place
    if place.kind == "reference":
        parts.references = _texts(cells)
    elif place.kind == "records":
        parts.tables[place.path] = _nested(cells, column, options)
    else:
        found = _distinct(cells, column, options)
        if place.kind == "words":
            parts.tables[place.path] = _words(found, place.path)
        elif place.kind == "note":
            parts.notes = found
        else:
            _put(parts, column, found, options)


def _put(parts: _SortedColumns, column: HeaderColumn, found: DistinctColumn, options: ReadOptions) -> None:
    """The cells at their place, and what they say besides."""
    from registry.decode.headers import FactPlace, place_of

    places = {column.place: found}
    for path, constant in (column.target.set or {}).items():
        place = place_of(path, options.long)
        assert isinstance(place, FactPlace)
        said = np.where(found.codes >= 0, np.int32(0), np.int32(-1))
        places[place] = DistinctColumn(said, [constant])
    for place, values in places.items():
        if place.table is None:
            parts.facts[place.path] = values
        else:
            slot = -1 if place.slot is None else place.slot
            parts.slots.setdefault(place.table, {}).setdefault(slot, {})[place.field] = values


def _texts(cells: pa.ChunkedArray) -> pa.Array:
    plain = cells.combine_chunks()
    if isinstance(plain, pa.ChunkedArray):
        plain = plain.chunk(0) if plain.num_chunks else pa.array([], pa.string())
    if pa.types.is_dictionary(plain.type):
        plain = plain.dictionary_decode()
    return pc.utf8_trim_whitespace(plain.cast(pa.string()))


def _distinct(cells: pa.ChunkedArray, column: HeaderColumn, options: ReadOptions) -> DistinctColumn:
    """The distinct cells, read; those that state nothing are left out."""
    encoded = cells.combine_chunks()
    nested = pa.types.is_nested(encoded.type)
    if nested:
        return _distinct_objects(encoded.to_pylist(), column, options)
    if not pa.types.is_dictionary(encoded.type):
        encoded = pc.dictionary_encode(encoded)
    return _read(_codes(encoded.indices), encoded.dictionary.to_pylist(), column, options)


def _codes(indices: pa.Array) -> Indices:
    """The places in the dictionary, -1 for null. Arrow's own `fill_null` takes ten times as long (measured)."""
    valid, data = indices.buffers()
    start, stop = indices.offset, indices.offset + len(indices)
    codes = np.frombuffer(data, indices.type.to_pandas_dtype(), stop)[start:].astype(np.int32)
    if indices.null_count:
        known = np.unpackbits(np.frombuffer(valid, np.uint8), count=stop, bitorder="little")[start:]
        codes |= known.astype(np.int32) - np.int32(1)
    return codes


def _distinct_objects(cells: Sequence[Any], column: HeaderColumn, options: ReadOptions) -> DistinctColumn:
    """The same for lists and structures, which Arrow cannot tell apart."""
    places: dict[str, int] = {}
    values: list[Any] = []
    codes = np.full(len(cells), -1, np.int32)
    for row, cell in enumerate(cells):
        if cell is not None:
            codes[row] = places.setdefault(repr(cell), len(values))
            if len(places) > len(values):
                values.append(cell)
    return _read(codes, values, column, options)


def _read(codes: Indices, cells: Sequence[Any], column: HeaderColumn, options: ReadOptions) -> DistinctColumn:
    values = reader(column, options).all(cells)
    if None in values:
        stated = [place for place, value in enumerate(values) if value is not None]
        moved = np.full(len(values) + 1, -1, np.int32)
        moved[stated] = np.arange(len(stated), dtype=np.int32)
        return DistinctColumn(moved[codes], [values[place] for place in stated])
    return DistinctColumn(codes, values)


def _words(found: DistinctColumn, table: str) -> DistinctTable:
    """A list of bare words in each cell, as records."""
    name = tables_shorthand(table)
    assert name is not None
    lists = [_split(value) for value in found.values]
    return _spread(found.codes, [[{name: word} if isinstance(word, str) else word for word in one] for one in lists])


def _split(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [word.strip() for word in str(value).split(BETWEEN_WORDS) if word.strip()]


def _spread(codes: Indices, lists: Sequence[Sequence[Any]]) -> DistinctTable:
    """Distinct lists of records to the rows that have them."""
    lengths = np.array([*(len(one) for one in lists), 0], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths[:-1])])
    counts = lengths[codes]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    flat = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts) + np.repeat(starts[codes], counts)
    records = [record for one in lists for record in one]
    return DistinctTable(offsets, {name: column.take(flat) for name, column in _of_records(records).items()})


def _of_records(records: Sequence[Any]) -> dict[str, DistinctColumn]:
    """Records as columns; what is no record is kept under no name, to be refused."""
    plain = [record if isinstance(record, dict) else {"": record} for record in records]
    names = dict.fromkeys(name for record in plain for name in record)
    return {name: _coded([record.get(name) for record in plain]) for name in names}


def _coded(values: Sequence[Any]) -> DistinctColumn:
    places: dict[str, int] = {}
    distinct: list[Any] = []
    codes = np.full(len(values), -1, np.int32)
    for row, value in enumerate(values):
        if value is not None:
            codes[row] = places.setdefault(repr(value), len(distinct))
            if len(places) > len(distinct):
                distinct.append(value)
    return DistinctColumn(codes, distinct)


def _nested(cells: pa.ChunkedArray, column: HeaderColumn, options: ReadOptions) -> DistinctTable:
    """A list of structures in each cell."""
    from registry.decode.cells import _plain

    lists = [_plain(cell) or [] for cell in cells.to_pylist()]
    return _spread(np.arange(len(lists), dtype=np.int32), lists)


def _flat(parts: _SortedColumns, chunk: Chunk) -> DistinctRows:
    tables = dict(parts.tables)
    for table, slots in parts.slots.items():
        tables[table] = _interleaved([slots[slot] for slot in sorted(slots)])
    references = parts.references
    assert references is not None
    return DistinctRows(chunk.numbers, references, parts.facts, tables, parts.notes)


def _interleaved(slots: Sequence[Mapping[str, DistinctColumn]]) -> DistinctTable:
    """Numbered columns as records of one row after the other; a slot with nothing in it is no record."""
    stated = np.stack([_stated(columns.values()) for columns in slots], axis=1)
    offsets = np.concatenate([[0], np.cumsum(np.count_nonzero(stated, axis=1))])
    rows, places = np.nonzero(stated)
    here = [np.flatnonzero(places == place) for place in range(len(slots))]
    there = [(records, rows[records]) for records in here]
    names = dict.fromkeys(name for columns in slots for name in columns)
    return DistinctTable(offsets, {name: _one_field(name, slots, there, len(rows)) for name in names})


def _stated(columns: Iterable[DistinctColumn]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.logical_or.reduce([column.codes >= 0 for column in columns])
    return found


def _one_field(
    name: str, slots: Sequence[Mapping[str, DistinctColumn]], there: Sequence[tuple[Any, Any]], size: int
) -> DistinctColumn:
    """The values of one field of all records, with the distinct values of all slots one after the other.

    `there` are the records of each slot, and the rows that they are of.
    """
    codes = np.full(size, -1, np.int32)
    values: list[Any] = []
    for (records, rows), columns in zip(there, slots, strict=True):
        column = columns.get(name)
        if column is not None:
            found = column.codes[rows]
            codes[records] = np.where(found >= 0, found + np.int32(len(values)), np.int32(-1))
            values.extend(column.values)
    return DistinctColumn(codes, values)


def _grouped(parts: _SortedColumns, chunk: Chunk) -> DistinctRows:
    """Rows of one number as one patient."""
    numbers, firsts = np.unique(chunk.numbers, return_index=True)
    counts = np.diff(np.append(firsts, len(chunk.numbers)))
    owner = np.repeat(np.arange(len(numbers)), counts)
    faults: list[RowFault] = []
    facts = {path: _one_each(column, firsts, numbers, path, faults) for path, column in parts.facts.items()}
    notes = parts.notes and _one_each(parts.notes, firsts, numbers, "note", faults)
    tables = {table: _of_rows(parts, table, owner, len(numbers)) for table in (*parts.slots, *parts.tables)}
    assert parts.references is not None
    return DistinctRows(numbers, parts.references.take(pa.array(firsts)), facts, tables, notes, tuple(faults))


def _one_each(
    column: DistinctColumn, firsts: NDArray[Any], numbers: NDArray[np.int64], path: str, faults: list[RowFault]
) -> DistinctColumn:
    """The one value that the rows of each patient state."""
    if not len(firsts):
        return column
    values = _merged(column)
    high = np.maximum.reduceat(values.codes, firsts)
    low = np.minimum.reduceat(np.where(values.codes < 0, np.int32(2**31 - 1), values.codes), firsts)
    for row in np.flatnonzero((high >= 0) & (low != high)):
        faults.append(RowFault(int(numbers[row]), path, STATED_TWICE))
    return DistinctColumn(high, values.values)


def _merged(column: DistinctColumn) -> DistinctColumn:
    """Cells that were written differently and say the same are one value."""
    coded = _coded(column.values)
    table = np.append(coded.codes, np.int32(-1))
    return DistinctColumn(table[column.codes], coded.values)


def _of_rows(parts: _SortedColumns, table: str, owner: NDArray[Any], size: int) -> DistinctTable:
    """The records of all rows of each patient."""
    found = parts.tables.get(table) or _interleaved([parts.slots[table][slot] for slot in sorted(parts.slots[table])])
    counts = np.bincount(owner, weights=np.diff(found.offsets), minlength=size).astype(np.int64)
    return DistinctTable(np.concatenate([[0], np.cumsum(counts)]), found.columns)
