"""Decode lines of JSON into columns of distinct values; unusual lines are left to the row-by-row fallback."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from registry.decode.columns import DecodedRows, DecodedTable, DistinctColumn
from registry.decode.table_header import REFERENCE
from registry.decode.value_cache import cache_key
from registry.read.chunk import LINE_COLUMN, Chunk
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.sections import SectionField

LAST_SCAN = "last_scan"
"""Even an empty one is a scan, which columns cannot represent."""

AddValue = Callable[["_ParsedLines", int, Any], bool]
"""Adds the value of a row; False if the value is unusual."""


@dataclass
class _ValueEncoder:
    """Encodes the values of one fact, each distinct value once."""

    rows: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)

    def add(self, row: int, value: Any) -> None:
        key = value if value.__class__ is str else cache_key(value)
        code = self.known.get(key)
        if code is None:
            code = self.known[key] = len(self.values)
            self.values.append(value)
        self.rows.append(row)
        self.codes.append(code)

    def column(self, size: int) -> DistinctColumn:
        codes = np.full(size, -1, np.int32)
        codes[self.rows] = self.codes
        return DistinctColumn(codes, self.values)


@dataclass
class _RecordLists:
    """The lists of one table. `counts` has the row and length of each list."""

    counts: list[tuple[int, int]] = field(default_factory=list)
    columns: dict[str, _ValueEncoder] = field(default_factory=dict)
    size: int = 0

    def table(self, rows: int) -> DecodedTable:
        counts = np.zeros(rows, np.int64)
        for row, count in self.counts:
            counts[row] = count
        columns = {name: column.column(self.size) for name, column in self.columns.items()}
        return DecodedTable(np.concatenate([[0], np.cumsum(counts)]), columns)


@dataclass
class _ParsedLines:
    """The values of the lines parsed so far."""

    facts: dict[str, _ValueEncoder] = field(default_factory=dict)
    tables: dict[str, _RecordLists] = field(default_factory=dict)


def decode_lines(chunk: Chunk, notes: str | None) -> DecodedRows:
    """Decode a chunk with the layout `lines`; unusual lines are marked in `needs_fallback`."""
    lines: Sequence[bytes] = chunk.table.column(LINE_COLUMN).to_pylist()
    parsed, needs_fallback = _ParsedLines(), np.zeros(len(lines), np.bool_)
    references: list[str | None] = []
    for row, line in enumerate(lines):
        reference = _parse_line(parsed, row, line, notes)
        references.append(reference)
        needs_fallback[row] = reference is None
    facts = {path: column.column(len(lines)) for path, column in parsed.facts.items()}
    tables = {path: records.table(len(lines)) for path, records in parsed.tables.items()}
    texts = pa.array(references, pa.string())
    return DecodedRows(chunk.numbers, texts, facts, tables, needs_fallback=needs_fallback)


class _RepeatedKey(ValueError):
    """An object has the same key twice."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _RepeatedKey
    return out


_parse_json = json.JSONDecoder(object_pairs_hook=_object).decode


def _parse_line(parsed: _ParsedLines, row: int, line: bytes, notes: str | None) -> str | None:
    """Add a usual line, which has no escapes, and return its reference; None for an unusual line."""
    if b"\\" in line:
        return None
    try:
        data = _parse_json(line.decode())
    except (ValueError, RecursionError):
        return None
    if data.__class__ is not dict or (notes is not None and notes in data):
        return None
    version, reference = data.pop("schema", 1), data.pop(REFERENCE, None)
    if version.__class__ is not int or version != 1 or reference.__class__ is not str:
        return None
    return reference if _add_section(_summary_plan(), parsed, row, data) else None


def _add_section(plan: dict[str, AddValue], parsed: _ParsedLines, row: int, data: Any) -> bool:
    if data.__class__ is not dict:
        return False
    for key, value in data.items():
        add = plan.get(key)
        if add is None or (value is not None and not add(parsed, row, value)):
            return False
    return True


@cache
def _summary_plan() -> dict[str, AddValue]:
    """Return how the value of each key of a summary is added."""
    return _plan_of(PatientSchema(), "")


def _plan_of(schema: Any, above: str) -> dict[str, AddValue]:
    plan: dict[str, AddValue] = {}
    for key, declared_field in schema.fields.items():
        path = f"{above}{key}"
        if isinstance(declared_field, SectionField):
            plan[key] = _section_adder(_plan_of(declared_field.schema, f"{path}."), key)
        elif path in declared().tables:
            plan[key] = _records_adder(path)
        elif path in declared().facts:
            plan[key] = _fact_adder(path)
    return plan


def _section_adder(plan: dict[str, AddValue], key: str) -> AddValue:
    def add(parsed: _ParsedLines, row: int, data: Any) -> bool:
        if key == LAST_SCAN and not (isinstance(data, dict) and any(value is not None for value in data.values())):
            return False
        return _add_section(plan, parsed, row, data)

    return add


def _fact_adder(path: str) -> AddValue:
    def add(parsed: _ParsedLines, row: int, value: Any) -> bool:
        column = parsed.facts.get(path)
        if column is None:
            column = parsed.facts[path] = _ValueEncoder()
        column.add(row, value)
        return True

    return add


def _records_adder(path: str) -> AddValue:
    table = declared().tables[path]
    shorthand, known = table.field.shorthand, frozenset(fact.keys[0] for fact in table.facts)

    def add(parsed: _ParsedLines, row: int, records: Any) -> bool:
        if records.__class__ is not list:
            return False
        lists = parsed.tables.setdefault(path, _RecordLists())
        first, columns = lists.size, lists.columns
        lists.size += len(records)
        lists.counts.append((row, len(records)))
        for place, record in enumerate(records, first):
            if record.__class__ is str and shorthand is not None:
                record = {shorthand: record}
            if record.__class__ is not dict or not record.keys() <= known:
                return False
            for name, value in record.items():
                if value is not None:
                    column = columns.get(name)
                    if column is None:
                        column = columns[name] = _ValueEncoder()
                    column.add(place, value)
        return True

    return add
