"""Find which fact each column of a file contains, from its header."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from registry.limits import MAX_CACHED_HEADERS, MAX_COLUMNS, MAX_FAULTS_PER_HEADER
from registry.options import ColumnTarget, ReadOptions
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.spelling import Spellings
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import FactField
from schemas.summary.sections import MAX_RECORDS

REFERENCE = "patient_ref"
MIN_SUGGESTION_CHARS = 3
NUMBERED_RECORD = re.compile(r"(?P<table>[a-z_.]+)\[(?P<slot>\d{0,4})\](?:\.(?P<field>[a-z_]+))?")

PlaceKind: TypeAlias = Literal["reference", "note", "fact", "record", "words", "records"]
"""`words`: a list of words in one cell. `records`: a nested list of records (Parquet)."""


@dataclass(frozen=True)
class FactPlace:
    """The fact that a column contains.

    `path` is the path of the fact, without the number of a record. `slot` is the number of the record; None in long
    form, where each row is a record.
    """

    kind: PlaceKind
    path: str
    table: str | None = None
    slot: int | None = None

    @property
    def field(self) -> str:
        """The key of the fact in its record."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True)
class HeaderColumn:
    """A column of the file by its number, its fact, and how its cells are read."""

    number: int
    place: FactPlace
    target: ColumnTarget


@dataclass(frozen=True)
class BoundHeader:
    """The columns of a file that are read; `ignored` are the numbers of the other columns."""

    columns: tuple[HeaderColumn, ...]
    ignored: tuple[int, ...]

    @cached_property
    def unencoded(self) -> frozenset[int]:
        """Columns that are not worth dictionary-encoding: they rarely repeat a value, or are not read."""
        unique = {column.number for column in self.columns if column.place.kind in ("reference", "note")}
        return frozenset(unique | set(self.ignored))

    @cached_property
    def reference(self) -> int:
        """The number of the column of patient references."""
        return next(column.number for column in self.columns if column.place.kind == "reference")


def bind_header(names: Sequence[str], options: ReadOptions) -> BoundHeader:
    """Find the fact of each of these headers.

    Raises: InputError with the number of each column that is not recognised; never its header, which may be a
    patient's data.
    """
    return _bind_names(tuple(names), options.canonical_json)


@lru_cache(maxsize=MAX_CACHED_HEADERS)
def _bind_names(names: tuple[str, ...], options_json: str) -> BoundHeader:
    options = ReadOptions.from_json(json.loads(options_json))
    if len(names) > MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns", line=1)])
    columns, ignored, faults = _bind_columns(names, options)
    faults += _clashes(columns)
    if not any(column.place.kind == "reference" for column in columns):
        hint = f"name a column {REFERENCE}, or map a column to it"
        faults.insert(0, Fault("", "no column contains patient references", hint, 1))
    if faults:
        raise InputError(faults[:MAX_FAULTS_PER_HEADER])
    return BoundHeader(tuple(columns), tuple(ignored))


def _bind_columns(names: tuple[str, ...], options: ReadOptions) -> tuple[list[HeaderColumn], list[int], list[Fault]]:
    columns: list[HeaderColumn] = []
    ignored: list[int] = []
    faults: list[Fault] = []
    for number, name in enumerate(names):
        target = target_of(name, options)
        if target.fact is None:
            ignored.append(number)
            continue
        place = FactPlace("note", "note") if target.fact == "note" else place_of(target.fact, options.long)
        if isinstance(place, FactPlace):
            columns.append(HeaderColumn(number, place, target))
            faults.extend(_bad_constants(number, target, options))
        elif options.ignore_unmapped and name not in (options.mapping or {}):
            ignored.append(number)
        else:
            hint = place or "map it to a fact, or ignore unmapped columns"
            faults.append(Fault(f"column {number + 1}", "not recognised: choose what it contains", hint, 1))
    return columns, ignored, faults


def target_of(name: str, options: ReadOptions) -> ColumnTarget:
    """Return the target that the mapping gives a header, or else the header itself."""
    if options.mapping and name in options.mapping:
        return options.mapping[name]
    if name in ("", "schema"):
        return ColumnTarget(None)
    return ColumnTarget("note") if name == options.notes else ColumnTarget(name)


def _bad_constants(number: int, target: ColumnTarget, options: ReadOptions) -> Iterator[Fault]:
    for path in target.set or {}:
        place = place_of(path, options.long)
        if not isinstance(place, FactPlace) or place.kind not in ("fact", "record"):
            yield Fault(
                f"column {number + 1}", "the mapping sets a path that is not a fact", "use a path of the template", 1
            )


def _clashes(columns: Sequence[HeaderColumn]) -> list[Fault]:
    """Return a fault for each column with the fact of an earlier one, or with another form of the same list."""
    faults, taken, forms = [], set(), dict[str, PlaceKind]()
    for column in columns:
        place = column.place
        if place in taken or (place.table and forms.setdefault(place.table, place.kind) != place.kind):
            hint = "keep one of them, or map the other to null"
            faults.append(Fault(f"column {column.number + 1}", "an earlier column contains the same fact", hint, 1))
        taken.add(place)
    return faults


def place_of(header: str, long: bool) -> FactPlace | str | None:
    """Return the fact that a header names; for a header that names none, a hint if there is one."""
    if header == REFERENCE:
        return FactPlace("reference", REFERENCE)
    if header in declared().facts:
        return FactPlace("fact", header)
    tables = declared().tables
    if header in tables:
        return FactPlace("words" if tables[header].field.shorthand else "records", header, header)
    found = NUMBERED_RECORD.fullmatch(header)
    if found and found["table"] in tables:
        return _in_record(found["table"], found["field"], int(found["slot"]) if found["slot"] else None, long)
    table, _, name = header.rpartition(".")
    if long and table in tables:
        return _in_record(table, name, None, long)
    return _suggest(header)


def _in_record(table: str, name: str | None, slot: int | None, long: bool) -> FactPlace | str | None:
    name = name or shorthand_field(table)
    path = f"{table}.{name}"
    if name is None or declared().field(path) is None:
        return _suggest(path)
    if slot is None and not long:
        return f"number the record, for example {table}[0].{name}, or read the file in long form"
    if slot is not None and slot >= MAX_RECORDS:
        return f"a list has at most {MAX_RECORDS:,} records"
    return FactPlace("record", path, table, slot)


def shorthand_field(table: str) -> str | None:
    """Return the key that a bare word of a list belongs to, if there is one."""
    return declared().tables[table].field.shorthand


def _suggest(header: str) -> str | None:
    if len(header) < MIN_SUGGESTION_CHARS:
        return None
    near = _known_paths().nearest(re.sub(r"\[\d*\]", "", header))
    return f"did you mean {near}? Otherwise map it, or ignore unmapped columns" if near else None


@cache
def _known_paths() -> Spellings:
    """Prepared once, because a file may have thousands of unknown headers."""
    tables = declared().tables.values()
    return Spellings((REFERENCE, *declared().facts, *(fact.path for table in tables for fact in table.facts)))


def field_of(path: str) -> FactField:
    """Return the field that declares a fact, or the patient reference."""
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
    """Check that every column has a type that a summary can contain.

    Raises: InputError with the number of each column of another type, such as dates.
    """
    bound = bind_header(schema.names, options)
    types: Mapping[int, pa.DataType] = dict(enumerate(schema.types))
    faults = [
        Fault(f"column {column.number + 1}", "cells of a type that no fact has", "use text, numbers, or true and false")
        for column in bound.columns
        if not _is_readable(types[column.number])
    ]
    if faults:
        raise InputError(faults)


def _is_readable(type_: pa.DataType) -> bool:
    if pa.types.is_dictionary(type_):
        return _is_readable(type_.value_type)
    if pa.types.is_struct(type_):
        return all(_is_readable(type_.field(place).type) for place in range(type_.num_fields))
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        return _is_readable(type_.value_type)
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_boolean,
             pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)  # fmt: skip
    return any(test(type_) for test in tests)
