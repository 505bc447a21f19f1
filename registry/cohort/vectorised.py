"""Build a cohort from decoded columns: the checks and derivations of a summary, for all rows at once.

Rows that fail a check, or need a check that is not vectorised here, are handed to the row-by-row fallback, which
makes the decision and writes the message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyarrow.compute as pc
from marshmallow import Schema
from numpy.typing import NDArray

from extraction.identifiers import NATIONAL_NUMBER_CANDIDATE
from matching.cohort import CodeColumn, Cohort, Column, NumberColumn, RecordTable, YesNoColumn
from registry.cohort import linked_fields
from registry.cohort.validated_columns import REFUSED, Rows, unknown_column, validate_column, value_cache_of
from registry.decode.columns import DecodedRows, DecodedTable, DistinctColumn
from registry.decode.table_header import REFERENCE, field_of
from registry.decode.value_cache import ValueCache
from registry.limits import MAX_VECTORISED_COURSES
from registry.options import ReadOptions, completable_lists
from schemas.summary.declared_facts import declared
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import FactField, TextField
from schemas.summary.lab_units import LabValueField
from schemas.summary.sections import MAX_RECORDS, SectionField

COURSES, LESIONS, SCANS, LAST_SCAN = (
    "radioiodine.courses", "disease.lesions", "radioiodine.scans", "radioiodine.last_scan",
)  # fmt: skip
DRUG_LISTS = ("therapies", "medications")
VECTORISED_CHECKS = frozenset({linked_fields.VARIANTS, "labs", "radioiodine", *DRUG_LISTS})
"""Sections and lists whose own checks are vectorised here."""


@dataclass
class CohortBuilder:
    """A cohort under construction. `reported` has, by path, the records that report a field."""

    rows: DecodedRows
    needs_fallback: Rows
    facts: dict[str, Column] = field(default_factory=dict)
    tables: dict[str, tuple[NDArray[np.int64], dict[str, Column]]] = field(default_factory=dict)
    reported: dict[str, Rows] = field(default_factory=dict)

    def send_to_fallback(self, rows: Rows | None) -> None:
        """Hand these rows to the fallback."""
        if rows is not None:
            self.needs_fallback |= rows

    def send_records_to_fallback(self, offsets: NDArray[np.int64], records: Rows | None) -> None:
        """Hand the rows of these records to the fallback."""
        if records is not None and records.any():
            self.needs_fallback[np.searchsorted(offsets, np.flatnonzero(records), side="right") - 1] = True

    def truths(self, path: str) -> NDArray[np.int8]:
        """Return the values of a yes-or-no fact, which may be changed in place."""
        if path not in self.facts:
            self.facts[path] = YesNoColumn(np.zeros(self.rows.size, np.int8))
        column = self.facts[path]
        assert isinstance(column, YesNoColumn)
        return column.values

    def table(self, path: str) -> tuple[NDArray[np.int64], dict[str, Column]]:
        """Return the offsets and columns of a list, empty if no row reports it."""
        return self.tables.get(path) or (np.zeros(self.rows.size + 1, np.int64), {})


def build_cohort(rows: DecodedRows, options: ReadOptions) -> tuple[Cohort, Rows]:
    """Return the rows as a cohort, and the rows that need the fallback, whose values in the cohort mean nothing."""
    builder = CohortBuilder(rows, _fallback_rows(rows))
    for path, column in rows.facts.items():
        _add_fact(builder, path, column)
    for path, table in _tables_with_last_scan(rows).items():
        _add_table(builder, path, table)
    for path in options.assume_complete:
        complete = builder.truths(".".join(completable_lists()[path]))
        complete[complete == 0] = 1
    _complete_radioiodine(builder)
    _complete_disease(builder)
    _send_germline_tests_to_fallback(builder)
    return Cohort(rows.size, _all_facts(builder), dict(_all_tables(builder))), builder.needs_fallback


def _fallback_rows(rows: DecodedRows) -> Rows:
    """Return the rows that need the fallback for their reference, their note, or the way they were decoded."""
    reference = field_of(REFERENCE)
    assert isinstance(reference, TextField)
    valid = pc.match_substring_regex(rows.references, f"^{reference.pattern}$")
    valid = pc.and_(valid, pc.less_equal(pc.utf8_length(rows.references), reference.longest))
    valid = pc.and_(valid, pc.invert(pc.match_substring_regex(rows.references, NATIONAL_NUMBER_CANDIDATE)))
    needs_fallback: Rows = ~valid.fill_null(False).to_numpy(zero_copy_only=False)
    if rows.needs_fallback is not None:
        needs_fallback |= rows.needs_fallback
    if rows.faults:
        needs_fallback |= np.isin(rows.numbers, [fault.row for fault in rows.faults])
    if rows.notes is not None:
        needs_fallback |= rows.notes.codes >= 0
    return needs_fallback


def _add_fact(builder: CohortBuilder, path: str, decoded: DistinctColumn) -> None:
    column, refused = validate_column(field_of(path), decoded)
    builder.facts[path] = column
    builder.send_to_fallback(refused)
    if _has_other_checks(path):
        builder.send_to_fallback(decoded.codes >= 0)


def _add_table(builder: CohortBuilder, path: str, table: DecodedTable) -> None:
    known = linked_fields.record_fields(path)
    offsets, size = table.offsets, int(table.offsets[-1])
    builder.send_to_fallback(np.diff(offsets) > MAX_RECORDS)
    for name, decoded in table.columns.items():
        if name not in known or _has_other_checks(path):
            builder.send_records_to_fallback(offsets, decoded.codes >= 0)
    own = {name: decoded for name, decoded in table.columns.items() if name in known}
    # The unit of a laboratory value depends on its analyte: `_link_labs` reads these fields.
    independent = {name: decoded for name, decoded in own.items() if not isinstance(known[name], LabValueField)}
    columns = {name: _valid_records(builder, offsets, known[name], decoded) for name, decoded in independent.items()}
    builder.reported |= {f"{path}.{name}": decoded.codes >= 0 for name, decoded in own.items()}
    for name, record_field in known.items():
        if record_field.required:
            reported = builder.reported.get(f"{path}.{name}", np.zeros(size, np.bool_))
            builder.send_records_to_fallback(offsets, ~reported)
        if name not in columns:
            columns[name] = unknown_column(record_field, size)
    builder.tables[path] = offsets, columns
    if size:
        _link_fields(builder, path, own, columns)


def _valid_records(
    builder: CohortBuilder, offsets: NDArray[np.int64], record_field: FactField, decoded: DistinctColumn
) -> Column:
    column, refused = validate_column(record_field, decoded)
    builder.send_records_to_fallback(offsets, refused)
    return column


def _link_fields(
    builder: CohortBuilder, path: str, decoded: Mapping[str, DistinctColumn], columns: dict[str, Column]
) -> None:
    """Replace the columns that depend on several fields of a record."""
    offsets = builder.tables[path][0]
    if path == linked_fields.VARIANTS:
        normalised, refused = linked_fields.normalise_variants(decoded)
        columns |= normalised
        builder.send_records_to_fallback(offsets, refused)
    elif path in DRUG_LISTS:
        columns["stopped"], refused = linked_fields.stop_times(columns, builder.reported.get(f"{path}.stopped"))
        builder.send_records_to_fallback(offsets, refused)
    elif path == "labs":
        _link_labs(builder, decoded, columns)


def _link_labs(builder: CohortBuilder, decoded: Mapping[str, DistinctColumn], columns: dict[str, Column]) -> None:
    offsets = builder.tables["labs"][0]
    size = int(offsets[-1])
    (value, has_value, bad_value), (limit, has_limit, bad_limit) = (
        linked_fields.lab_values(decoded, key, size) for key in ("value", "upper_limit")
    )
    multiple = columns["times_upper_limit"]
    assert isinstance(multiple, NumberColumn)
    reported = builder.reported.get("labs.times_upper_limit")
    multiple, contradicts = linked_fields.limit_multiples(value, limit, has_value & has_limit, multiple, reported)
    columns |= {"value": value, "upper_limit": limit, "times_upper_limit": multiple}
    builder.send_records_to_fallback(offsets, bad_value | bad_limit | contradicts)


def _tables_with_last_scan(rows: DecodedRows) -> dict[str, DecodedTable]:
    """Return the lists of records, with the last scan added to the scans."""
    tables = dict(rows.tables)
    last = {path.rpartition(".")[2]: column for path, column in rows.facts.items() if path.startswith(f"{LAST_SCAN}.")}
    if last:
        has_scan = np.logical_or.reduce([column.codes >= 0 for column in last.values()])
        columns = {name: column.take(np.flatnonzero(has_scan)) for name, column in last.items()}
        tables[SCANS] = _append(tables.get(SCANS), DecodedTable(np.concatenate([[0], np.cumsum(has_scan)]), columns))
    return tables


def _append(first: DecodedTable | None, second: DecodedTable) -> DecodedTable:
    """Append the records of each row in the second table to its records in the first."""
    if first is None:
        return second
    tables = (first, second)
    counts = [np.diff(table.offsets) for table in tables]
    owners = np.concatenate([np.repeat(np.arange(len(count)), count) for count in counts])
    order = np.argsort(owners, kind="stable")
    columns = {}
    for name in dict.fromkeys((*first.columns, *second.columns)):
        codes, values = [], list[Any]()
        for table in tables:
            column = table.columns.get(name, DistinctColumn(np.full(int(table.offsets[-1]), -1, np.int32), []))
            codes.append(np.where(column.codes >= 0, column.codes + np.int32(len(values)), np.int32(-1)))
            values.extend(column.values)
        columns[name] = DistinctColumn(np.concatenate(codes)[order], values)
    return DecodedTable(np.concatenate([[0], np.cumsum(counts[0] + counts[1])]), columns)


def _complete_radioiodine(builder: CohortBuilder) -> None:
    """Derive whether the courses are all listed, and the gaps between them; see `schemas.summary.derive`."""
    complete = builder.truths("radioiodine.courses_complete")
    received = builder.facts.get("radioiodine.received")
    if isinstance(received, YesNoColumn):
        complete[received.values < 0] = 1
    offsets, columns = builder.table(COURSES)
    counts = np.diff(offsets)
    complete[_all_listed(builder, "radioiodine.number_of_courses", counts)] = 1
    builder.send_to_fallback((complete > 0) & (counts > MAX_VECTORISED_COURSES))
    given, gap_before = columns.get("given"), columns.get("gap_before")
    is_dated = builder.reported.get(f"{COURSES}.given")
    if isinstance(given, NumberColumn) and isinstance(gap_before, NumberColumn) and is_dated is not None:
        gaps, follows = linked_fields.course_gaps(given, is_dated, offsets, complete > 0)
        reported = builder.reported.get(f"{COURSES}.gap_before")
        columns["gap_before"], contradicts = linked_fields.narrow(gap_before, gaps, follows, reported)
        builder.send_records_to_fallback(offsets, contradicts)


def _complete_disease(builder: CohortBuilder) -> None:
    """Derive whether the current lesions are all listed."""
    if "disease.number_of_lesions" in builder.rows.facts:
        offsets, columns = builder.table(LESIONS)
        status = columns.get("status")
        current = np.zeros(int(offsets[-1]) + 1, np.int64)
        if isinstance(status, CodeColumn):
            is_current = np.array([name == "current" for name in status.names], np.bool_)[status.values]
            # A status that no row reports is a single value for all records.
            current[1:] = np.cumsum(np.broadcast_to(is_current, len(current) - 1))
        counts = np.diff(current[offsets])
        builder.truths("disease.lesions_complete")[_all_listed(builder, "disease.number_of_lesions", counts)] = 1


def _send_germline_tests_to_fallback(builder: CohortBuilder) -> None:
    """The origin of a variant depends on the tests of its gene; few rows test germline DNA."""
    offsets, columns = builder.table(linked_fields.TESTED)
    specimen = columns.get("specimen")
    if linked_fields.VARIANTS in builder.tables and isinstance(specimen, CodeColumn):
        is_germline = np.array([name == "germline" for name in specimen.names] + [False], np.bool_)[specimen.values]
        builder.send_records_to_fallback(offsets, np.broadcast_to(is_germline, int(offsets[-1])))


def _all_listed(builder: CohortBuilder, path: str, counts: NDArray[np.int64]) -> Rows:
    """Return the rows whose reported number equals the number of listed records."""
    decoded = builder.rows.facts.get(path)
    if decoded is None:
        return np.zeros(builder.rows.size, np.bool_)
    numbers = np.array([*_exact_number_cache(path).get_all(decoded.values), -1])[decoded.codes]
    found: Rows = np.equal(numbers, counts)
    return found


@cache
def _exact_number_cache(path: str) -> ValueCache:
    """Return the cache of written numbers, -1 for a range: `schemas.summary.derive` compares exact numbers only."""
    number = field_of(path)

    def read(value: Any) -> int:
        if value_cache_of(number).get(value) is REFUSED:
            return -1
        written = number.deserialize(value)
        exact = written.lower == written.upper and written.lower == int(written.lower)
        return int(written.lower) if exact else -1

    return ValueCache(read)


def _all_facts(builder: CohortBuilder) -> dict[str, Column]:
    """Return every declared fact; a fact that no row reports is a single value for all rows."""
    return {path: builder.facts.get(path) or _unknown_fact(path) for path in declared().facts}


@cache
def _unknown_fact(path: str) -> Column:
    return unknown_column(field_of(path), 1)


def _all_tables(builder: CohortBuilder) -> Iterator[tuple[str, RecordTable]]:
    for path, table in declared().tables.items():
        offsets, columns = builder.table(path)
        if path not in builder.tables:
            columns = {fact.keys[0]: unknown_column(fact.field, 0) for fact in table.facts}
        flag = builder.facts.get(".".join(completable_lists()[path])) if path in completable_lists() else None
        complete = flag.values if isinstance(flag, YesNoColumn) else np.zeros(builder.rows.size, np.int8)
        yield path, RecordTable(offsets, complete, columns)


@cache
def _has_other_checks(path: str) -> bool:
    """Whether a fact or list is part of a section with checks that are not vectorised here."""
    return any(section in ("", path) or path.startswith(f"{section}.") for section in _sections_with_other_checks())


@cache
def _sections_with_other_checks() -> frozenset[str]:
    """Return the sections and lists with checks that are not vectorised here, such as those that packages add."""
    return frozenset(_sections_with_hooks(PatientSchema(), "")) - VECTORISED_CHECKS


def _sections_with_hooks(schema: Schema, path: str) -> Iterator[str]:
    hooks = {name for found in schema._hooks.values() for name, *_ in found}
    if hooks - {"drop_nulls"}:
        yield path
    for name, declared_field in schema.fields.items():
        below = f"{path}.{name}" if path else name
        if isinstance(declared_field, SectionField) or below in declared().tables:
            nested: Any = declared_field
            yield from _sections_with_hooks(nested.schema, below)
