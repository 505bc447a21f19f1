"""Lines of JSON as columns of distinct values; a line with anything unusual in it is left to the row reader."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from registry.decode.columns import DistinctColumn, DistinctRows, DistinctTable
from registry.decode.headers import REFERENCE
from registry.read.chunk import LINE, Chunk
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.sections import SectionField

LAST_SCAN = "last_scan"
"""Even an empty one is a scan, which no column can tell."""

Take = Callable[["_ParsedLines", int, Any], bool]
"""Notes a value of a row; False where it is unusual."""


@dataclass
class _DistinctValues:
    """The values of one fact, each distinct one once."""

    rows: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    known: dict[Any, int] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)

    def put(self, row: int, value: Any) -> None:
        # 1, 1.0 and true are equal and not the same; text is the usual case and needs no mark.
        key = value if value.__class__ is str else (value.__class__, repr(value))
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
    """The lists of one table. `counts` holds row and length of each."""

    counts: list[tuple[int, int]] = field(default_factory=list)
    columns: dict[str, _DistinctValues] = field(default_factory=dict)
    size: int = 0

    def table(self, rows: int) -> DistinctTable:
        counts = np.zeros(rows, np.int64)
        for row, count in self.counts:
            counts[row] = count
        columns = {name: column.column(self.size) for name, column in self.columns.items()}
        return DistinctTable(np.concatenate([[0], np.cumsum(counts)]), columns)


@dataclass
class _ParsedLines:
    """What the lines said so far."""

    facts: dict[str, _DistinctValues] = field(default_factory=dict)
    tables: dict[str, _RecordLists] = field(default_factory=dict)


def raw_of_lines(chunk: Chunk, notes: str | None) -> DistinctRows:
    """The lines of a chunk. `odd` are those that the row reader must see."""
    lines: Sequence[bytes] = chunk.table.column(LINE).to_pylist()
    gathered, odd = _ParsedLines(), np.zeros(len(lines), np.bool_)
    references: list[str | None] = []
    for row, line in enumerate(lines):
        reference = _read(gathered, row, line, notes)
        references.append(reference)
        odd[row] = reference is None
    facts = {path: column.column(len(lines)) for path, column in gathered.facts.items()}
    tables = {path: records.table(len(lines)) for path, records in gathered.tables.items()}
    return DistinctRows(chunk.numbers, pa.array(references, pa.string()), facts, tables, odd=odd)


class _RepeatedKey(ValueError):
    """A key stands twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise _RepeatedKey
    return out


_load = json.JSONDecoder(object_pairs_hook=_object).decode


def _read(gathered: _ParsedLines, row: int, line: bytes, notes: str | None) -> str | None:
    """The reference of a line that is as usual; nothing is escaped in such a line."""
    if b"\\" in line:
        return None
    try:
        data = _load(line.decode())
    except (ValueError, RecursionError):
        return None
    if data.__class__ is not dict or (notes is not None and notes in data):
        return None
    version, reference = data.pop("schema", 1), data.pop(REFERENCE, None)
    if version.__class__ is not int or version != 1 or reference.__class__ is not str:
        return None
    return reference if _take_section(_plan(), gathered, row, data) else None


def _take_section(plan: dict[str, Take], gathered: _ParsedLines, row: int, data: Any) -> bool:
    if data.__class__ is not dict:
        return False
    for key, value in data.items():
        take = plan.get(key)
        if take is None or (value is not None and not take(gathered, row, value)):
            return False
    return True


@cache
def _plan() -> dict[str, Take]:
    """How each key of a summary is taken."""
    return _plan_of(PatientSchema(), "")


def _plan_of(schema: Any, above: str) -> dict[str, Take]:
    plan: dict[str, Take] = {}
    for key, one in schema.fields.items():
        path = f"{above}{key}"
        if isinstance(one, SectionField):
            plan[key] = _section(_plan_of(one.schema, f"{path}."), key)
        elif path in declared().tables:
            plan[key] = _table(path)
        elif path in declared().facts:
            plan[key] = _fact(path)
    return plan


def _section(plan: dict[str, Take], key: str) -> Take:
    def take(gathered: _ParsedLines, row: int, data: Any) -> bool:
        if key == LAST_SCAN and not (isinstance(data, dict) and any(value is not None for value in data.values())):
            return False
        return _take_section(plan, gathered, row, data)

    return take


def _fact(path: str) -> Take:
    def take(gathered: _ParsedLines, row: int, value: Any) -> bool:
        column = gathered.facts.get(path)
        if column is None:
            column = gathered.facts[path] = _DistinctValues()
        column.put(row, value)
        return True

    return take


def _table(path: str) -> Take:
    table = declared().tables[path]
    shorthand, known = table.field.shorthand, frozenset(fact.keys[0] for fact in table.facts)

    def take(gathered: _ParsedLines, row: int, value: Any) -> bool:
        if value.__class__ is not list:
            return False
        records = gathered.tables.setdefault(path, _RecordLists())
        first, columns = records.size, records.columns
        records.size += len(value)
        records.counts.append((row, len(value)))
        for place, record in enumerate(value, first):
            if record.__class__ is str and shorthand is not None:
                record = {shorthand: record}
            if record.__class__ is not dict or not record.keys() <= known:
                return False
            for name, said in record.items():
                if said is not None:
                    column = columns.get(name)
                    if column is None:
                        column = columns[name] = _DistinctValues()
                    column.put(place, said)
        return True

    return take
