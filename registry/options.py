"""How a registry file is to be read, and what absence means in it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, TypeAlias

from schemas.inputs.faults import Fault, InputError
from schemas.inputs.spelling import nearest
from schemas.summary.declared_facts import declared

Format: TypeAlias = Literal["ndjson", "csv", "tsv", "parquet"]
Compression: TypeAlias = Literal["plain", "gzip", "zstd"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "tsv", "parquet")
COMPRESSIONS: tuple[Compression, ...] = ("plain", "gzip", "zstd")
DELIMITERS = (",", ";", "\t", "|")
DECIMALS = (".", ",")

MAX_MAPPED = 5_000
"""Entries of a header mapping: as many as a file may have columns."""

MAX_MISSING, LONGEST = 50, 200
"""Words that mean a missing value, and characters of any word of the options."""


@dataclass(frozen=True)
class ColumnTarget:
    """Where a column of the file goes. `fact` is None for a column that is left out.

    `unit` is that of bare numbers, `values` what the codes of the column mean (None: nothing is stated), and `set`
    what a stated cell says besides: `{"conditions[0].condition": "hypertension"}`.
    """

    fact: str | None
    unit: str | None = None
    values: Mapping[str, Any] | None = field(default=None, hash=False)
    set: Mapping[str, Any] | None = field(default=None, hash=False)

    def to_json(self) -> Any:
        """The shortest form that reads back the same."""
        stated = {key: value for key, value in asdict(self).items() if value is not None}
        return self.fact if stated.keys() <= {"fact"} else stated


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file; None of `format`, `compression` or `delimiter` is found out from the file itself.

    `long`: several rows a patient. `assume_complete`: the lists that leave nothing out unless a row says otherwise.
    `notes` is the column of notes, which somebody asserts to be de-identified. `as_of` is the year that years are
    seen from.
    """

    format: Format | None = None
    compression: Compression | None = None
    delimiter: str | None = None
    decimal: str = "."
    mapping: Mapping[str, ColumnTarget] | None = None
    long: bool = False
    assume_complete: tuple[str, ...] = ()
    notes: str | None = None
    deidentified: bool = False
    as_of: int | None = None
    missing: tuple[str, ...] = ()
    ignore_unmapped: bool = False

    def __post_init__(self) -> None:
        if faults := list(_faults(self)):
            raise InputError(faults)

    def to_json(self) -> dict[str, Any]:
        """What differs from the defaults, as JSON."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        stated = {name: value for name, value in given.items() if value != _DEFAULTS[name]}
        if self.mapping is not None:
            stated["mapping"] = {header: target.to_json() for header, target in self.mapping.items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()}

    @classmethod
    def from_json(cls, data: object) -> "ReadOptions":
        """The options of a request or of a stored batch.

        Raises: InputError with the path of every fault.
        """
        if not isinstance(data, Mapping):
            raise InputError([Fault("", "the options must be an object")])
        unknown = [key for key in data if key not in _DEFAULTS]
        if unknown:
            raise InputError(_unknown(str(key)) for key in unknown)
        given = {key: value for key, value in data.items() if value is not None}
        for name in ("assume_complete", "missing"):
            if name in given:
                given[name] = _words(given[name], name)
        if "mapping" in given:
            given["mapping"] = read_mapping(given["mapping"])
        return cls(**given)

    def key(self) -> str:
        """The same text for the same options."""
        return self._key

    @cached_property
    def _key(self) -> str:
        return json.dumps(self.to_json(), sort_keys=True)


_DEFAULTS: dict[str, Any] = {one.name: one.default for one in fields(ReadOptions)}


def _unknown(key: str) -> Fault:
    near = nearest(key, _DEFAULTS)
    return Fault("", "unknown option", f"did you mean {near}?" if near else f"known are {', '.join(_DEFAULTS)}")


def _words(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise InputError([Fault(name, "must be a list of words")])
    return tuple(value)


def completable() -> dict[str, tuple[str, ...]]:
    """The lists that can be assumed complete: path to the keys of the fact that says so."""
    return {
        table.path: (*table.keys[:-1], table.field.complete)
        for table in declared().tables.values()
        if table.field.complete is not None
    }


def _faults(options: ReadOptions) -> Iterator[Fault]:
    choices: tuple[tuple[str, object, tuple[object, ...]], ...] = (
        ("format", options.format, (None, *FORMATS)),
        ("compression", options.compression, (None, *COMPRESSIONS)),
        ("delimiter", options.delimiter, (None, *DELIMITERS)),
        ("decimal", options.decimal, DECIMALS),
    )
    for name, value, known in choices:
        if value not in known:
            yield Fault(name, "unknown choice", f"one of {', '.join(repr(one) for one in known if one)}")
    for name in ("long", "deidentified", "ignore_unmapped"):
        if not isinstance(getattr(options, name), bool):
            yield Fault(name, "must be true or false")
    as_of = options.as_of
    if as_of is not None and (isinstance(as_of, bool) or not isinstance(as_of, int) or not 1900 <= as_of <= 2200):
        yield Fault("as_of", "must be a year", "for example 2026")
    yield from _word_faults(options)
    for place, name in enumerate(options.assume_complete):
        if name not in completable():
            near = nearest(name, completable())
            hint = f"did you mean {near}?" if near else f"known are {', '.join(completable())}"
            yield Fault(f"assume_complete[{place}]", "no list that can be complete", hint)


def _word_faults(options: ReadOptions) -> Iterator[Fault]:
    if options.decimal == "," == options.delimiter:
        yield Fault("decimal", "the same sign divides the columns", 'use the delimiter ";"')
    if len(options.missing) > MAX_MISSING or any(len(word) > LONGEST for word in options.missing):
        yield Fault("missing", f"more than {MAX_MISSING} words, or a word of more than {LONGEST} characters")
    if options.notes is not None and (not isinstance(options.notes, str) or not 0 < len(options.notes) <= LONGEST):
        yield Fault("notes", "must be the name of a column")
    if options.notes is not None and options.deidentified is not True:
        hint = "set it to true to assert that the notes are de-identified; the check here is only a tripwire"
        yield Fault("deidentified", "must be true where notes are read", hint)


def read_mapping(data: object) -> dict[str, ColumnTarget]:
    """A header mapping: the header of each column to a fact's path, to null (left out), or to an object.

    Raises: InputError with the header's place in the mapping, for a header may be somebody's data.
    """
    if not isinstance(data, Mapping):
        raise InputError([Fault("mapping", "must be an object of headers")])
    if len(data) > MAX_MAPPED:
        raise InputError([Fault("mapping", f"more than {MAX_MAPPED:,} headers")])
    faults = [
        fault for place, entry in enumerate(data.values()) for fault in _target_faults(f"mapping[{place}]", entry)
    ]
    if faults:
        raise InputError(faults)
    return {str(header): _target(entry) for header, entry in data.items()}


def _target(entry: Any) -> ColumnTarget:
    return (
        entry
        if isinstance(entry, ColumnTarget)
        else ColumnTarget(**entry)
        if isinstance(entry, Mapping)
        else ColumnTarget(entry)
    )


def _target_faults(path: str, entry: Any) -> Iterator[Fault]:
    if entry is None or isinstance(entry, ColumnTarget):
        return
    if isinstance(entry, str):
        entry = {"fact": entry}
    known = {one.name for one in fields(ColumnTarget)}
    if not isinstance(entry, Mapping) or not {"fact"} <= entry.keys() <= known:
        yield Fault(path, "must be a fact's path, null, or an object with fact, unit, values and set")
        return
    if entry["fact"] is not None and not (isinstance(entry["fact"], str) and len(entry["fact"]) <= LONGEST):
        yield Fault(f"{path}.fact", "must be a fact's path or null")
    unit = entry.get("unit")
    if unit is not None and not (isinstance(unit, str) and re.fullmatch(r"[^\d\s<>=+-].{0,30}|10[*^]\d+/\w+", unit)):
        yield Fault(f"{path}.unit", "must be a unit")
    for key in ("values", "set"):
        yield from _table_faults(f"{path}.{key}", entry.get(key))


def _table_faults(path: str, table: Any) -> Iterator[Fault]:
    if table is None:
        return
    plain = isinstance(table, Mapping) and all(
        isinstance(key, str) and (value is None or isinstance(value, str | int | float | bool))
        for key, value in table.items()
    )
    if not plain or len(table) > MAX_MAPPED:
        yield Fault(path, "must be an object of plain values")
