"""Columns straight into a cohort: the same checks and derivations as of a summary, for all rows at once.

A row that fails a check, or needs what is not done here, is odd: it goes to the row reader, which decides and words it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow.compute as pc
from marshmallow import Schema
from numpy.typing import NDArray

from matching.cohort import CodeColumn, Cohort, Column, NumberColumn, RecordTable, YesNoColumn
from registry.cohort import linked_fields as coupled
from registry.cohort.checked_columns import BAD, blank, checked, memory_of
from registry.cohort.course_gaps import MOST, gaps
from registry.decode.columns import DistinctColumn, DistinctRows, DistinctTable
from registry.decode.headers import REFERENCE, field_of
from registry.decode.value_cache import ValueCache
from registry.options import ReadOptions, completable
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import FactField, TextField
from schemas.summary.lab_units import LabValueField
from schemas.summary.sections import MAX_RECORDS, SectionField

NATIONAL_NUMBER = r"\d{3}-\d{2}-\d{4}|[A-Z]{2}\d{6}[A-D]|^(?i:SSN|NI)"
"""What a national number looks like at least (`extraction.identifiers`): the row reader decides."""

COURSES, LESIONS, SCANS, LAST_SCAN = (
    "radioiodine.courses", "disease.lesions", "radioiodine.scans", "radioiodine.last_scan",
)  # fmt: skip
DRUGS = ("therapies", "medications")
COUPLED = frozenset({coupled.VARIANTS, "labs", "radioiodine", *DRUGS})
"""Sections and lists whose own checks are done here."""

Rows = NDArray[np.bool_]


@dataclass
class CohortBuilder:
    """A cohort that is being made. `stated` are the records that state a field, by path."""

    raw: DistinctRows
    odd: Rows
    facts: dict[str, Column] = field(default_factory=dict)
    tables: dict[str, tuple[NDArray[np.int64], dict[str, Column]]] = field(default_factory=dict)
    stated: dict[str, Rows] = field(default_factory=dict)

    def refuse(self, rows: Rows | None) -> None:
        """Leave these rows to the row reader."""
        if rows is not None:
            self.odd |= rows

    def refuse_records(self, offsets: NDArray[np.int64], records: Rows | None) -> None:
        """Leave the rows that have one of these records to the row reader."""
        if records is not None and records.any():
            self.odd[np.searchsorted(offsets, np.flatnonzero(records), side="right") - 1] = True

    def truth(self, path: str) -> NDArray[np.int8]:
        """A yes-or-no fact; it may be changed in place."""
        if path not in self.facts:
            self.facts[path] = YesNoColumn(np.zeros(self.raw.size, np.int8))
        column = self.facts[path]
        assert isinstance(column, YesNoColumn)
        return column.values


def cohort_of_raw(raw: DistinctRows, options: ReadOptions) -> tuple[Cohort, Rows]:
    """The rows as a cohort, and which of them are odd: what the cohort says of those means nothing."""
    draft = CohortBuilder(raw, _odd_rows(raw))
    for path, column in raw.facts.items():
        _check_fact(draft, path, column)
    for path, table in _with_last_scan(raw).items():
        _check_table(draft, path, table)
    for path in options.assume_complete:
        said = draft.truth(".".join(completable()[path]))
        said[said == 0] = 1
    _radioiodine(draft)
    _disease(draft)
    return Cohort(raw.size, _facts(draft), dict(_tables(draft))), draft.odd


def _odd_rows(raw: DistinctRows) -> Rows:
    reference = field_of(REFERENCE)
    assert isinstance(reference, TextField)
    fits = pc.match_substring_regex(raw.references, f"^{reference.pattern}$")
    fits = pc.and_(fits, pc.less_equal(pc.utf8_length(raw.references), reference.longest))
    fits = pc.and_(fits, pc.invert(pc.match_substring_regex(raw.references, NATIONAL_NUMBER)))
    odd: Rows = ~fits.fill_null(False).to_numpy(zero_copy_only=False)
    if raw.odd is not None:
        odd |= raw.odd
    if raw.faults:
        odd |= np.isin(raw.numbers, [fault.row for fault in raw.faults])
    if raw.notes is not None:
        odd |= raw.notes.codes >= 0
    return odd


def _check_fact(draft: CohortBuilder, path: str, raw: DistinctColumn) -> None:
    column, bad = checked(field_of(path), raw)
    draft.facts[path] = column
    draft.refuse(bad)
    if _is_unusual(path):
        draft.refuse(raw.codes >= 0)


def _check_table(draft: CohortBuilder, path: str, table: DistinctTable) -> None:
    known = coupled.fields(path)
    offsets, size = table.offsets, int(table.offsets[-1])
    draft.refuse(np.diff(offsets) > MAX_RECORDS)
    for name, raw in table.columns.items():
        if name not in known or _is_unusual(path):
            draft.refuse_records(offsets, raw.codes >= 0)
    own = {name: raw for name, raw in table.columns.items() if name in known}
    # What a laboratory value is depends on its analyte: `_labs` reads it.
    alone = {name: raw for name, raw in own.items() if not isinstance(known[name], LabValueField)}
    columns = {name: _checked_records(draft, offsets, known[name], raw) for name, raw in alone.items()}
    draft.stated |= {f"{path}.{name}": raw.codes >= 0 for name, raw in own.items()}
    for name, one in known.items():
        if one.required:
            draft.refuse_records(offsets, ~draft.stated.get(f"{path}.{name}", np.zeros(size, np.bool_)))
        if name not in columns:
            columns[name] = blank(one, size)
    draft.tables[path] = offsets, columns
    if size:
        _couple(draft, path, own, columns)


def _checked_records(draft: CohortBuilder, offsets: NDArray[np.int64], known: FactField, raw: DistinctColumn) -> Column:
    column, bad = checked(known, raw)
    draft.refuse_records(offsets, bad)
    return column


def _couple(draft: CohortBuilder, path: str, raw: Mapping[str, DistinctColumn], columns: dict[str, Column]) -> None:
    """Fields of one record that bear on each other."""
    offsets = draft.tables[path][0]
    if path == coupled.VARIANTS:
        named, bad = coupled.variants(raw)
        columns |= named
        draft.refuse_records(offsets, bad)
    elif path in DRUGS:
        columns["stopped"], bad = coupled.stopped(columns, draft.stated.get(f"{path}.stopped"))
        draft.refuse_records(offsets, bad)
    elif path == "labs":
        _labs(draft, raw, columns)


def _labs(draft: CohortBuilder, raw: Mapping[str, DistinctColumn], columns: dict[str, Column]) -> None:
    offsets = draft.tables["labs"][0]
    size = int(offsets[-1])
    (value, has_value, odd), (limit, has_limit, odd_limit) = (
        coupled.measured(raw, key, size) for key in ("value", "upper_limit")
    )
    multiple = columns["times_upper_limit"]
    assert isinstance(multiple, NumberColumn)
    stated = draft.stated.get("labs.times_upper_limit")
    multiple, contradicts = coupled.multiples(value, limit, has_value & has_limit, multiple, stated)
    columns |= {"value": value, "upper_limit": limit, "times_upper_limit": multiple}
    draft.refuse_records(offsets, odd | odd_limit | contradicts)


def _with_last_scan(raw: DistinctRows) -> dict[str, DistinctTable]:
    """The last scan is one of the scans."""
    tables = dict(raw.tables)
    last = {path.rpartition(".")[2]: one for path, one in raw.facts.items() if path.startswith(f"{LAST_SCAN}.")}
    if last:
        stated = np.logical_or.reduce([column.codes >= 0 for column in last.values()])
        more = {name: column.take(np.flatnonzero(stated)) for name, column in last.items()}
        tables[SCANS] = _followed(tables.get(SCANS), DistinctTable(np.concatenate([[0], np.cumsum(stated)]), more))
    return tables


def _followed(first: DistinctTable | None, second: DistinctTable) -> DistinctTable:
    """The records of each row in one table, and then those in the other."""
    if first is None:
        return second
    counts = [np.diff(table.offsets) for table in (first, second)]
    owners = np.concatenate([np.repeat(np.arange(len(one)), one) for one in counts])
    order = np.argsort(owners, kind="stable")
    sizes = [int(table.offsets[-1]) for table in (first, second)]
    columns = {}
    for name in dict.fromkeys((*first.columns, *second.columns)):
        codes, values = [], list[Any]()
        for table, size in zip((first, second), sizes, strict=True):
            column = table.columns.get(name, DistinctColumn(np.full(size, -1, np.int32), []))
            codes.append(np.where(column.codes >= 0, column.codes + np.int32(len(values)), np.int32(-1)))
            values.extend(column.values)
        columns[name] = DistinctColumn(np.concatenate(codes)[order], values)
    return DistinctTable(np.concatenate([[0], np.cumsum(counts[0] + counts[1])]), columns)


def _radioiodine(draft: CohortBuilder) -> None:
    """Whether the courses are all listed, and the gaps between them: see `schemas.summary.derive`."""
    complete = draft.truth("radioiodine.courses_complete")
    received = draft.facts.get("radioiodine.received")
    if isinstance(received, YesNoColumn):
        complete[received.values < 0] = 1
    offsets, columns = draft.tables.get(COURSES, (np.zeros(draft.raw.size + 1, np.int64), {}))
    counts = np.diff(offsets)
    complete[_counted(draft, "radioiodine.number_of_courses", counts)] = 1
    draft.refuse((complete > 0) & (counts > MOST))
    given, before = columns.get("given"), columns.get("gap_before")
    dated = draft.stated.get(f"{COURSES}.given")
    if isinstance(given, NumberColumn) and isinstance(before, NumberColumn) and dated is not None:
        found, follows = gaps(given, dated, offsets, complete > 0)
        columns["gap_before"], odd = coupled.meet(before, found, follows, draft.stated.get(f"{COURSES}.gap_before"))
        draft.refuse_records(offsets, odd)


def _disease(draft: CohortBuilder) -> None:
    """Whether the current lesions are all listed."""
    if "disease.number_of_lesions" in draft.raw.facts:
        offsets, columns = draft.tables.get(LESIONS, (np.zeros(draft.raw.size + 1, np.int64), {}))
        status = columns.get("status")
        current = np.zeros(int(offsets[-1]) + 1, np.int64)
        if isinstance(status, CodeColumn):
            is_current = np.array([name == "current" for name in status.names], np.bool_)[status.values]
            # A status that nobody states is one value for all records.
            current[1:] = np.cumsum(np.broadcast_to(is_current, len(current) - 1))
        counts = np.diff(current[offsets])
        draft.truth("disease.lesions_complete")[_counted(draft, "disease.number_of_lesions", counts)] = 1


def _counted(draft: CohortBuilder, path: str, counts: NDArray[np.int64]) -> Rows:
    """Where the stated number is just the number listed."""
    raw = draft.raw.facts.get(path)
    if raw is None:
        return np.zeros(draft.raw.size, np.bool_)
    numbers = np.array([*_exact(path).all(raw.values), -1])[raw.codes]
    found: Rows = np.equal(numbers, counts)
    return found


@cache
def _exact(path: str) -> ValueCache:
    """The number that was written, -1 where a range was: what `schemas.summary.derive` compares."""
    number = field_of(path)

    def read(value: Any) -> int:
        if memory_of(number).one(value) is BAD:
            return -1
        written = number.deserialize(value)
        exact = written.lower == written.upper and written.lower == int(written.lower)
        return int(written.lower) if exact else -1

    return ValueCache(read)


def _facts(draft: CohortBuilder) -> dict[str, Column]:
    """Every declared fact; one that nobody states is one value for all."""
    return {path: draft.facts.get(path) or _nobody(path) for path in declared().facts}


@cache
def _nobody(path: str) -> Column:
    return blank(field_of(path), 1)


def _tables(draft: CohortBuilder) -> Iterator[tuple[str, RecordTable]]:
    for path, table in declared().tables.items():
        offsets, columns = draft.tables.get(path) or (np.zeros(draft.raw.size + 1, np.int64), None)
        if columns is None:
            columns = {fact.keys[0]: blank(fact.field, 0) for fact in table.facts}
        said = draft.facts.get(".".join(completable()[path])) if path in completable() else None
        complete = said.values if isinstance(said, YesNoColumn) else np.zeros(draft.raw.size, np.int8)
        yield path, RecordTable(offsets, complete, columns)


@cache
def _is_unusual(path: str) -> bool:
    return any(one in ("", path) or path.startswith(f"{one}.") for one in unusual())


@cache
def unusual() -> frozenset[str]:
    """The sections and lists with checks of their own that are not done here: such as packages add."""
    return frozenset(_hooked(PatientSchema(), "")) - COUPLED


def _hooked(schema: Schema, path: str) -> Iterator[str]:
    hooks = {name for found in schema._hooks.values() for name, *_ in found}
    if hooks - {"drop_nulls"}:
        yield path
    for name, one in schema.fields.items():
        below = f"{path}.{name}" if path else name
        if isinstance(one, SectionField) or below in declared().tables:
            nested: Any = one
            yield from _hooked(nested.schema, below)
