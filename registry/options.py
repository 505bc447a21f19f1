"""How to read a registry file, and what absence means in it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Literal, TypeAlias

from registry.limits import MAX_MAPPED_HEADERS, MAX_MISSING_WORDS, MAX_OPTION_CHARS, ROWS_PER_NOTE
from schemas.inputs.faults import Fault, InputError
from schemas.inputs.spelling import nearest
from schemas.summary.declared_facts import declared
from schemas.summary.quantity import is_year

Format: TypeAlias = Literal["ndjson", "csv", "tsv", "parquet"]
Compression: TypeAlias = Literal["plain", "gzip", "zstd"]
FORMATS: tuple[Format, ...] = ("ndjson", "csv", "tsv", "parquet")
COMPRESSIONS: tuple[Compression, ...] = ("plain", "gzip", "zstd")
DELIMITERS = (",", ";", "\t", "|")
DECIMALS = (".", ",")


@dataclass(frozen=True)
class ColumnTarget:
    """The fact that a column of the file contains. `fact` is None for a column that is ignored.

    `unit` applies to bare numbers. `values` maps the codes of the column to their meaning (None: not reported). `set`
    lists further facts that follow from any filled cell: `{"conditions[0].condition": "hypertension"}`.
    """

    fact: str | None
    unit: str | None = None
    values: Mapping[str, Any] | None = field(default=None, hash=False)
    set: Mapping[str, Any] | None = field(default=None, hash=False)

    def to_json(self) -> Any:
        """Return the shortest form that `read_mapping` reads back as the same target."""
        given = {key: value for key, value in asdict(self).items() if value is not None}
        return self.fact if given.keys() <= {"fact"} else given


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file. `format`, `compression` and `delimiter` are detected where they are None.

    `long`: a patient has several rows. `assume_complete`: lists that are complete unless a row reports otherwise.
    `notes` is the column of notes; `deidentified` is the sender's assertion that they identify nobody. `as_of` is the
    year of the registry, from which the years in its cells are counted.
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
        """Return the options that differ from the defaults, as JSON."""
        values = {option.name: getattr(self, option.name) for option in fields(self)}
        changed = {name: value for name, value in values.items() if value != _DEFAULTS[name]}
        if self.mapping is not None:
            changed["mapping"] = {header: target.to_json() for header, target in self.mapping.items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}

    @classmethod
    def from_json(cls, data: object) -> "ReadOptions":
        """Read the options of a request or of a stored batch.

        Raises: InputError with the path of every fault.
        """
        if not isinstance(data, Mapping):
            raise InputError([Fault("", "the options must be a JSON object")])
        unknown = [key for key in data if key not in _DEFAULTS]
        if unknown:
            raise InputError(_unknown_option(str(key)) for key in unknown)
        given = {key: value for key, value in data.items() if value is not None}
        for name in ("assume_complete", "missing"):
            if name in given:
                given[name] = _read_words(given[name], name)
        if "mapping" in given:
            given["mapping"] = read_mapping(given["mapping"])
        return cls(**given)

    @cached_property
    def canonical_json(self) -> str:
        """The same text for the same options: a key for caches and hashes."""
        return json.dumps(self.to_json(), sort_keys=True)


_DEFAULTS: dict[str, Any] = {option.name: option.default for option in fields(ReadOptions)}


def _unknown_option(key: str) -> Fault:
    return Fault("", "unknown option", _suggest(key, _DEFAULTS))


def _suggest(word: str, known: Collection[str]) -> str:
    near = nearest(word, known)
    return f"did you mean {near}?" if near else f"use one of {', '.join(known)}"


def _read_words(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise InputError([Fault(name, "must be a list of texts")])
    return tuple(value)


def completable_lists() -> dict[str, tuple[str, ...]]:
    """Return the lists that can be assumed complete, each with the keys of its completeness flag."""
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
            yield Fault(name, "unknown value", f"use one of {', '.join(repr(choice) for choice in known if choice)}")
    for name in ("long", "deidentified", "ignore_unmapped"):
        if not isinstance(getattr(options, name), bool):
            yield Fault(name, "must be true or false")
    as_of = options.as_of
    if as_of is not None and not is_year(as_of):
        yield Fault("as_of", "must be a year", "for example 2026")
    yield from _word_faults(options)
    for place, name in enumerate(options.assume_complete):
        if name not in completable_lists():
            hint = _suggest(name, completable_lists())
            yield Fault(f"assume_complete[{place}]", "not a list that can be complete", hint)


def _word_faults(options: ReadOptions) -> Iterator[Fault]:
    if options.decimal == "," == options.delimiter:
        yield Fault("decimal", "the decimal mark is also the column separator", 'set the delimiter to ";"')
    if len(options.missing) > MAX_MISSING_WORDS or any(len(word) > MAX_OPTION_CHARS for word in options.missing):
        limit = f"at most {MAX_MISSING_WORDS} words of {MAX_OPTION_CHARS} characters are allowed"
        yield Fault("missing", "too many words, or a word that is too long", limit)
    notes = options.notes
    if notes is not None and (not isinstance(notes, str) or not 0 < len(notes) <= MAX_OPTION_CHARS):
        yield Fault("notes", "must be the name of a column")
    if notes is not None and options.deidentified is not True:
        hint = "set it to true to confirm that the notes identify nobody; the automatic check may miss some identifiers"
        yield Fault("deidentified", "must be true if notes are read", hint)


def read_mapping(data: object) -> dict[str, ColumnTarget]:
    """Read a header mapping: from each header to the path of a fact, to null (ignored), or to an object.

    Raises: InputError with the position in the mapping, not the header: a header may be a patient's data.
    """
    if not isinstance(data, Mapping):
        raise InputError([Fault("mapping", "must be a JSON object from headers to facts")])
    if len(data) > MAX_MAPPED_HEADERS:
        raise InputError([Fault("mapping", f"more than {MAX_MAPPED_HEADERS:,} headers")])
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
    known = {key.name for key in fields(ColumnTarget)}
    if not isinstance(entry, Mapping) or not {"fact"} <= entry.keys() <= known:
        yield Fault(path, "must be the path of a fact, null, or an object with fact, unit, values and set")
        return
    if entry["fact"] is not None and not (isinstance(entry["fact"], str) and len(entry["fact"]) <= MAX_OPTION_CHARS):
        yield Fault(f"{path}.fact", "must be the path of a fact, or null")
    unit = entry.get("unit")
    if unit is not None and not (isinstance(unit, str) and re.fullmatch(r"[^\d\s<>=+-].{0,30}|10[*^]\d+/\w+", unit)):
        yield Fault(f"{path}.unit", "must be a unit", "for example mCi")
    for key in ("values", "set"):
        yield from _value_table_faults(f"{path}.{key}", entry.get(key))


def _value_table_faults(path: str, table: Any) -> Iterator[Fault]:
    if table is None:
        return
    plain = isinstance(table, Mapping) and all(
        isinstance(key, str) and (value is None or isinstance(value, str | int | float | bool))
        for key, value in table.items()
    )
    if not plain or len(table) > MAX_MAPPED_HEADERS:
        yield Fault(path, "must be an object of texts, numbers, true or false")


def stored_options(options: ReadOptions, rows_per_chunk: int) -> dict[str, Any]:
    """Return what a batch stores of its options: the same file always gives the same chunks, whatever the settings.

    Chunks with notes have fewer rows, so that each stays the work of a few seconds.
    """
    rows = max(rows_per_chunk // ROWS_PER_NOTE, 1) if options.notes else rows_per_chunk
    return {"read": options.to_json(), "rows_per_chunk": rows}


def read_options(stored: Mapping[str, Any]) -> ReadOptions:
    """Return how the file of a batch is read."""
    return ReadOptions.from_json(stored["read"])
