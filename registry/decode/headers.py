"""Which fact each column of a file states, found from its header."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from registry.limits import MAX_COLUMNS
from registry.options import ColumnTarget, ReadOptions
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.spelling import Spellings
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import FactField
from schemas.summary.sections import MAX_RECORDS

REFERENCE = "patient_ref"
SHORTEST_MEANT = 3
NUMBERED = re.compile(r"(?P<table>[a-z_.]+)\[(?P<slot>\d{0,4})\](?:\.(?P<field>[a-z_]+))?")

Kind: TypeAlias = Literal["reference", "note", "fact", "record", "words", "records"]
"""`words`: a list of bare words in one cell. `records`: a nested list of records (Parquet)."""


@dataclass(frozen=True)
class FactPlace:
    """Where a column goes. `path` is the fact's, of records without a number; `slot` is None for a row's own record."""

    kind: Kind
    path: str
    table: str | None = None
    slot: int | None = None

    @property
    def field(self) -> str:
        """The field of a record."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class HeaderColumn:
    """A column of the file, by its number, and what its cells say."""

    number: int
    place: FactPlace
    target: ColumnTarget


@dataclass(frozen=True)
class BoundHeader:
    """The columns of a file that are read. `left_out` are the numbers of the others."""

    columns: tuple[HeaderColumn, ...]
    left_out: tuple[int, ...]

    @cached_property
    def plain(self) -> frozenset[int]:
        """Columns that hardly repeat a value, or are not read: no use in gathering distinct ones."""
        alone = {column.number for column in self.columns if column.place.kind in ("reference", "note")}
        return frozenset(alone | set(self.left_out))

    @cached_property
    def reference(self) -> int:
        """The number of the column of references."""
        return next(column.number for column in self.columns if column.place.kind == "reference")


def bind(names: Sequence[str], options: ReadOptions) -> BoundHeader:
    """The columns under these headers.

    Raises: InputError with the number of every column that is not understood; a header may be somebody's data.
    """
    return _bind(tuple(names), options.key())


@lru_cache(maxsize=64)
def _bind(names: tuple[str, ...], key: str) -> BoundHeader:
    import json

    options = ReadOptions.from_json(json.loads(key))
    if len(names) > MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns", line=1)])
    found, left_out, faults = _sorted_out(names, options)
    faults += _clashes(found)
    if not any(column.place.kind == "reference" for column in found):
        faults.insert(0, Fault("", "no column of patient references", f"name one {REFERENCE}, or map one to it", 1))
    if faults:
        raise InputError(faults[:100])
    return BoundHeader(tuple(found), tuple(left_out))


def _sorted_out(names: tuple[str, ...], options: ReadOptions) -> tuple[list[HeaderColumn], list[int], list[Fault]]:
    found: list[HeaderColumn] = []
    left_out: list[int] = []
    faults: list[Fault] = []
    for number, name in enumerate(names):
        target = target_of(name, options)
        if target.fact is None:
            left_out.append(number)
            continue
        place = FactPlace("note", "note") if target.fact == "note" else place_of(target.fact, options.long)
        if isinstance(place, FactPlace):
            found.append(HeaderColumn(number, place, target))
            faults.extend(_bad_constants(number, target, options))
        elif options.ignore_unmapped and name not in (options.mapping or {}):
            left_out.append(number)
        else:
            faults.append(Fault(f"column {number + 1}", "the header names no fact", place, 1))
    return found, left_out, faults


def target_of(name: str, options: ReadOptions) -> ColumnTarget:
    """What the mapping says of a header, or else the header itself."""
    if options.mapping and name in options.mapping:
        return options.mapping[name]
    if name in ("", "schema"):
        return ColumnTarget(None)
    return ColumnTarget("note") if name == options.notes else ColumnTarget(name)


def _bad_constants(number: int, target: ColumnTarget, options: ReadOptions) -> Iterator[Fault]:
    for path in target.set or {}:
        place = place_of(path, options.long)
        if not isinstance(place, FactPlace) or place.kind not in ("fact", "record"):
            yield Fault(f"column {number + 1}", "the mapping sets what is no fact", line=1)


def _clashes(found: Sequence[HeaderColumn]) -> list[Fault]:
    """Two columns that state one fact, or one list in two ways."""
    faults, taken, forms = [], set(), dict[str, Kind]()
    for column in found:
        place = column.place
        clash = place in taken or (place.table and forms.setdefault(place.table, place.kind) != place.kind)
        if clash:
            faults.append(Fault(f"column {column.number + 1}", "another column states the same", line=1))
        taken.add(place)
    return faults


def place_of(header: str, long: bool) -> FactPlace | str | None:
    """Where a header leads, or the nearest that leads somewhere, as a hint."""
    if header == REFERENCE:
        return FactPlace("reference", REFERENCE)
    if header in declared().facts:
        return FactPlace("fact", header)
    tables = declared().tables
    if header in tables:
        return FactPlace("words" if tables[header].field.shorthand else "records", header, header)
    found = NUMBERED.fullmatch(header)
    if found and found["table"] in tables:
        return _in_record(found["table"], found["field"], int(found["slot"]) if found["slot"] else None, long)
    table, _, name = header.rpartition(".")
    if long and table in tables:
        return _in_record(table, name, None, long)
    return _hint(header)


def _in_record(table: str, name: str | None, slot: int | None, long: bool) -> FactPlace | str | None:
    name = name or tables_shorthand(table)
    path = f"{table}.{name}"
    if name is None or declared().field(path) is None:
        return _hint(path)
    if slot is None and not long:
        return f"number the record, as in {table}[0].{name}, or read the file in long form"
    if slot is not None and slot >= MAX_RECORDS:
        return f"a list has at most {MAX_RECORDS:,} records"
    return FactPlace("record", path, table, slot)


def tables_shorthand(table: str) -> str | None:
    """The field that a bare word in the list goes to."""
    return declared().tables[table].field.shorthand


def _hint(header: str) -> str | None:
    if len(header) < SHORTEST_MEANT:
        return None
    near = _paths().nearest(re.sub(r"\[\d*\]", "", header))
    return f"did you mean {near}? Otherwise map it, or leave unknown columns out" if near else None


@cache
def _paths() -> Spellings:
    """Prepared once: a file may have thousands of headers that name no fact."""
    tables = declared().tables.values()
    return Spellings((REFERENCE, *declared().facts, *(fact.path for table in tables for fact in table.facts)))


def field_of(path: str) -> FactField:
    """The field that declares a fact, or the reference."""
    if path == REFERENCE:
        return _reference_field()
    field = declared().field(path)
    assert field is not None, path
    return field


@cache
def _reference_field() -> FactField:
    field: Any = PatientSchema().fields[REFERENCE]
    assert isinstance(field, FactField)
    return field


def refuse_types(schema: pa.Schema, options: ReadOptions) -> None:
    """Every column that is read has cells that a summary could hold.

    Raises: InputError with the number of each column that has others, such as dates.
    """
    bound = bind(schema.names, options)
    kinds: Mapping[int, pa.DataType] = dict(enumerate(schema.types))
    faults = [
        Fault(f"column {column.number + 1}", "cells of a type that no fact has", "text, numbers, true and false")
        for column in bound.columns
        if not _readable(kinds[column.number])
    ]
    if faults:
        raise InputError(faults)


def _readable(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _readable(kind.value_type)
    if pa.types.is_struct(kind):
        return all(_readable(kind.field(place).type) for place in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _readable(kind.value_type)
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_boolean,
             pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)  # fmt: skip
    return any(test(kind) for test in tests)
