"""Decode the rows of a chunk into columns of distinct JSON values, before any value is checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.decode.cells import cell_reader, plain_json
from registry.decode.table_header import FactPlace, HeaderColumn, bind_header, place_of, shorthand_field
from registry.options import ReadOptions
from registry.read.chunk import Chunk, RowFault

WORD_SEPARATOR = "|"
CONFLICTING_ROWS = "two rows of this patient give different values"

Indices = NDArray[np.int32]


@dataclass(frozen=True)
class DistinctColumn:
    """Distinct values. Shape: `codes` are positions in `values`, one per row or record; -1 where not reported."""

    codes: Indices
    values: Sequence[Any]

    def at(self, row: int) -> Any:
        """Return the value of a row, None where not reported."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    def take(self, rows: NDArray[Any]) -> "DistinctColumn":
        return DistinctColumn(self.codes[rows], self.values)


@dataclass(frozen=True)
class DecodedTable:
    """The records of all rows, one after the other; row i has the records `offsets[i]:offsets[i + 1]`."""

    offsets: NDArray[np.int64]
    columns: Mapping[str, DistinctColumn]


@dataclass(frozen=True)
class DecodedRows:
    """The rows of a chunk. Shape: `numbers` one per patient.

    `faults` are of patients whose rows contradict each other. `needs_fallback` are rows that the columns do not
    represent in full.
    """

    numbers: NDArray[np.int64]
    references: pa.Array
    facts: Mapping[str, DistinctColumn]
    tables: Mapping[str, DecodedTable]
    notes: DistinctColumn | None = None
    faults: tuple[RowFault, ...] = ()
    needs_fallback: NDArray[np.bool_] | None = None

    @property
    def size(self) -> int:
        return len(self.numbers)


@dataclass
class _ColumnsByRole:
    """The columns of a chunk. `slots` has the columns of numbered records: table, number, key."""

    facts: dict[str, DistinctColumn] = field(default_factory=dict)
    slots: dict[str, dict[int, dict[str, DistinctColumn]]] = field(default_factory=dict)
    tables: dict[str, DecodedTable] = field(default_factory=dict)
    notes: DistinctColumn | None = None
    references: pa.Array | None = None


def decode_columns(chunk: Chunk, options: ReadOptions) -> DecodedRows:
    """Decode a chunk with the layout `columns`."""
    roles = _ColumnsByRole()
    for column in bind_header(chunk.table.column_names, options).columns:
        cells = chunk.table.column(column.number)
        if cells.null_count < len(cells) or column.place.kind == "reference":
            _add_column(roles, column, cells, options)
    return _group_by_patient(roles, chunk) if options.long else _one_row_per_patient(roles, chunk)


def _add_column(roles: _ColumnsByRole, column: HeaderColumn, cells: pa.ChunkedArray, options: ReadOptions) -> None:
    place = column.place
    if place.kind == "reference":
        roles.references = _texts(cells)
    elif place.kind == "records":
        roles.tables[place.path] = _nested_records(cells)
    else:
        decoded = _decode_cells(cells, column, options)
        if place.kind == "words":
            roles.tables[place.path] = _word_records(decoded, place.path)
        elif place.kind == "note":
            roles.notes = decoded
        else:
            _add_fact(roles, column, decoded, options)


def _add_fact(roles: _ColumnsByRole, column: HeaderColumn, decoded: DistinctColumn, options: ReadOptions) -> None:
    """Add the facts of a column and the facts that its mapping sets for every filled cell."""
    places = {column.place: decoded}
    for path, constant in (column.target.set or {}).items():
        place = place_of(path, options.long)
        assert isinstance(place, FactPlace)
        codes = np.where(decoded.codes >= 0, np.int32(0), np.int32(-1))
        places[place] = DistinctColumn(codes, [constant])
    for place, values in places.items():
        if place.table is None:
            roles.facts[place.path] = values
        else:
            slot = -1 if place.slot is None else place.slot
            roles.slots.setdefault(place.table, {}).setdefault(slot, {})[place.field] = values


def _texts(cells: pa.ChunkedArray) -> pa.Array:
    texts = cells.combine_chunks()
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.chunk(0) if texts.num_chunks else pa.array([], pa.string())
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    return pc.utf8_trim_whitespace(texts.cast(pa.string()))


def _decode_cells(cells: pa.ChunkedArray, column: HeaderColumn, options: ReadOptions) -> DistinctColumn:
    """Read each distinct cell; cells that report nothing have no value."""
    encoded = cells.combine_chunks()
    if pa.types.is_nested(encoded.type):
        # Arrow cannot dictionary-encode lists and structures.
        distinct = encode_distinct(encoded.to_pylist())
        return _read_distinct(distinct.codes, distinct.values, column, options)
    if not pa.types.is_dictionary(encoded.type):
        encoded = pc.dictionary_encode(encoded)
    return _read_distinct(_codes(encoded.indices), encoded.dictionary.to_pylist(), column, options)


def _codes(indices: pa.Array) -> Indices:
    """Return the positions in the dictionary, -1 for null. Arrow's `fill_null` takes ten times as long (measured)."""
    valid, data = indices.buffers()
    start, stop = indices.offset, indices.offset + len(indices)
    # Arrow names its integer types like numpy; older releases of `to_pandas_dtype` import pandas.
    codes = np.frombuffer(data, str(indices.type), stop)[start:].astype(np.int32)
    if indices.null_count:
        known = np.unpackbits(np.frombuffer(valid, np.uint8), count=stop, bitorder="little")[start:]
        codes |= known.astype(np.int32) - np.int32(1)
    return codes


def encode_distinct(values: Sequence[Any]) -> DistinctColumn:
    """Encode any JSON values by their text; None is -1."""
    places: dict[str, int] = {}
    distinct: list[Any] = []
    codes = np.full(len(values), -1, np.int32)
    for row, value in enumerate(values):
        if value is not None:
            codes[row] = places.setdefault(repr(value), len(distinct))
            if len(places) > len(distinct):
                distinct.append(value)
    return DistinctColumn(codes, distinct)


def _read_distinct(codes: Indices, cells: Sequence[Any], column: HeaderColumn, options: ReadOptions) -> DistinctColumn:
    values = cell_reader(column, options).get_all(cells)
    if None in values:
        reported = [place for place, value in enumerate(values) if value is not None]
        new_codes = np.full(len(values) + 1, -1, np.int32)
        new_codes[reported] = np.arange(len(reported), dtype=np.int32)
        return DistinctColumn(new_codes[codes], [values[place] for place in reported])
    return DistinctColumn(codes, values)


def _word_records(column: DistinctColumn, table: str) -> DecodedTable:
    """Return the words in each cell as records."""
    name = shorthand_field(table)
    assert name is not None
    lists = [_split_words(value) for value in column.values]
    records = [[{name: word} if isinstance(word, str) else word for word in words] for words in lists]
    return _spread(column.codes, records)


def _split_words(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [word.strip() for word in str(value).split(WORD_SEPARATOR) if word.strip()]


def _spread(codes: Indices, lists: Sequence[Sequence[Any]]) -> DecodedTable:
    """Give each row the records of its list, where `codes` are positions in `lists`."""
    lengths = np.array([*map(len, lists), 0], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths[:-1])])
    counts = lengths[codes]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    flat = np.arange(offsets[-1]) - np.repeat(offsets[:-1], counts) + np.repeat(starts[codes], counts)
    columns = _record_columns([record for records in lists for record in records])
    return DecodedTable(offsets, {name: column.take(flat) for name, column in columns.items()})


def _record_columns(records: Sequence[Any]) -> dict[str, DistinctColumn]:
    """Return records as columns. A value that is not a record gets an empty key, to be refused later."""
    objects = [record if isinstance(record, dict) else {"": record} for record in records]
    names = dict.fromkeys(name for record in objects for name in record)
    return {name: encode_distinct([record.get(name) for record in objects]) for name in names}


def _nested_records(cells: pa.ChunkedArray) -> DecodedTable:
    """Return the list of structures in each cell as records."""
    lists = [plain_json(cell) or [] for cell in cells.to_pylist()]
    return _spread(np.arange(len(lists), dtype=np.int32), lists)


def _one_row_per_patient(roles: _ColumnsByRole, chunk: Chunk) -> DecodedRows:
    tables = dict(roles.tables)
    for table, slots in roles.slots.items():
        tables[table] = _numbered_records([slots[slot] for slot in sorted(slots)])
    assert roles.references is not None
    return DecodedRows(chunk.numbers, roles.references, roles.facts, tables, roles.notes)


def _numbered_records(slots: Sequence[Mapping[str, DistinctColumn]]) -> DecodedTable:
    """Turn numbered columns into the records of each row; a slot without any value is not a record."""
    filled = np.stack([_any_reported(columns.values()) for columns in slots], axis=1)
    offsets = np.concatenate([[0], np.cumsum(np.count_nonzero(filled, axis=1))])
    rows, slot_of_record = np.nonzero(filled)
    records_of_slot = [np.flatnonzero(slot_of_record == slot) for slot in range(len(slots))]
    sources = [(records, rows[records]) for records in records_of_slot]
    names = dict.fromkeys(name for columns in slots for name in columns)
    return DecodedTable(offsets, {name: _join_slots(name, slots, sources, len(rows)) for name in names})


def _any_reported(columns: Iterable[DistinctColumn]) -> NDArray[np.bool_]:
    reported: NDArray[np.bool_] = np.logical_or.reduce([column.codes >= 0 for column in columns])
    return reported


def _join_slots(
    name: str, slots: Sequence[Mapping[str, DistinctColumn]], sources: Sequence[tuple[Any, Any]], size: int
) -> DistinctColumn:
    """Join one field of all slots, with the distinct values of the slots one after the other.

    `sources` has, for each slot, its records and their rows.
    """
    codes = np.full(size, -1, np.int32)
    values: list[Any] = []
    for (records, rows), columns in zip(sources, slots, strict=True):
        column = columns.get(name)
        if column is not None:
            found = column.codes[rows]
            codes[records] = np.where(found >= 0, found + np.int32(len(values)), np.int32(-1))
            values.extend(column.values)
    return DistinctColumn(codes, values)


def _group_by_patient(roles: _ColumnsByRole, chunk: Chunk) -> DecodedRows:
    """Merge the rows of one number into one patient (long form)."""
    numbers, firsts = np.unique(chunk.numbers, return_index=True)
    counts = np.diff(np.append(firsts, len(chunk.numbers)))
    owner = np.repeat(np.arange(len(numbers)), counts)
    faults: list[RowFault] = []
    facts = {path: _merge_rows(column, firsts, numbers, path, faults) for path, column in roles.facts.items()}
    notes = roles.notes and _merge_rows(roles.notes, firsts, numbers, "note", faults)
    tables = {table: _merge_records(roles, table, owner, len(numbers)) for table in (*roles.slots, *roles.tables)}
    assert roles.references is not None
    return DecodedRows(numbers, roles.references.take(pa.array(firsts)), facts, tables, notes, tuple(faults))


def _merge_rows(
    column: DistinctColumn, firsts: NDArray[Any], numbers: NDArray[np.int64], path: str, faults: list[RowFault]
) -> DistinctColumn:
    """Return the value that the rows of each patient report; different values are added to `faults`."""
    if not len(firsts):
        return column
    values = _merge_equal_values(column)
    high = np.maximum.reduceat(values.codes, firsts)
    low = np.minimum.reduceat(np.where(values.codes < 0, np.int32(2**31 - 1), values.codes), firsts)
    for row in np.flatnonzero((high >= 0) & (low != high)):
        faults.append(RowFault(int(numbers[row]), path, CONFLICTING_ROWS))
    return DistinctColumn(high, values.values)


def _merge_equal_values(column: DistinctColumn) -> DistinctColumn:
    """Merge values that were written differently and mean the same."""
    distinct = encode_distinct(column.values)
    new_codes = np.append(distinct.codes, np.int32(-1))
    return DistinctColumn(new_codes[column.codes], distinct.values)


def _merge_records(roles: _ColumnsByRole, table: str, owner: NDArray[Any], size: int) -> DecodedTable:
    """Collect the records of all rows of each patient."""
    slots = roles.slots.get(table, {})
    records = roles.tables.get(table) or _numbered_records([slots[slot] for slot in sorted(slots)])
    counts = np.bincount(owner, weights=np.diff(records.offsets), minlength=size).astype(np.int64)
    return DecodedTable(np.concatenate([[0], np.cumsum(counts)]), records.columns)
