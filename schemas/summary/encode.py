"""Patients as columns, read off the declaration of their facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

import numpy as np
from marshmallow import Schema

from matching import nodes as c
from matching.cohort import Cohort, Column, RecordTable
from matching.patient_values import PatientValues, Plain, RecordList, Values
from matching.truth import truth_of
from schemas.summary.derived import derive
from schemas.summary.facts import Patient, PatientSchema
from schemas.summary.fields import FactField, QuantityField, RecordsField, SectionField, YesNoField

NOT_STATED = YesNoField("not stated")


@dataclass(frozen=True)
class DeclaredFact:
    """A fact and where it stands: `keys` lead to it from the patient, or from a record of its table."""

    path: str
    keys: tuple[str, ...]
    field: FactField


@dataclass(frozen=True)
class DeclaredTable:
    """A list of records and the facts of each."""

    path: str
    keys: tuple[str, ...]
    field: RecordsField
    facts: tuple[DeclaredFact, ...]

    @cached_property
    def fields(self) -> Mapping[str, FactField]:
        """The field of each fact by its key in a record."""
        return {fact.keys[0]: fact.field for fact in self.facts}

    @cached_property
    def nothing_stated(self) -> Values:
        """A record of which nothing is stated, as plain values."""
        return {key: field.plain(field.default) for key, field in self.fields.items()}

    @cached_property
    def said_by(self) -> tuple[str, ...]:
        """The keys that lead to the flag which says that the list leaves nothing out; none where there is no flag."""
        return (*self.keys[:-1], self.field.complete) if self.field.complete else ()


@dataclass(frozen=True)
class DeclaredFacts:
    """Every fact and table of a patient summary, by path."""

    facts: Mapping[str, DeclaredFact]
    tables: Mapping[str, DeclaredTable]

    @cached_property
    def _fields(self) -> Mapping[str, FactField]:
        of_records = (fact for table in self.tables.values() for fact in table.facts)
        return {fact.path: fact.field for fact in (*self.facts.values(), *of_records)}

    def tables_in(self, section: str) -> tuple[DeclaredTable, ...]:
        """The tables of which something stands under a key of the summary: the list, or whether it is complete."""
        return self._tables_in.get(section, ())

    @cached_property
    def _tables_in(self) -> Mapping[str, tuple[DeclaredTable, ...]]:
        groups: dict[str, tuple[DeclaredTable, ...]] = {}
        for table in self.tables.values():
            for key in dict.fromkeys((table.keys[0], *table.said_by[:1])):
                groups[key] = (*groups.get(key, ()), table)
        return groups

    def field(self, path: str) -> FactField | None:
        """The field that declares the fact, of the patient or of a record."""
        return self._fields.get(path)


@cache
def declared() -> DeclaredFacts:
    """All that `PatientSchema` declares."""
    found = list(_walk(PatientSchema(), ()))
    return DeclaredFacts(
        {entry.path: entry for entry in found if isinstance(entry, DeclaredFact)},
        {entry.path: entry for entry in found if isinstance(entry, DeclaredTable)},
    )


def _walk(schema: Schema, above: tuple[str, ...]) -> Iterator[DeclaredFact | DeclaredTable]:
    for name, field in schema.fields.items():
        keys = (*above, name)
        path = ".".join(keys)
        if isinstance(field, SectionField):
            yield from _walk(field.schema, keys)
        elif isinstance(field, RecordsField):
            facts = [
                DeclaredFact(f"{path}.{key}", (key,), fact)
                for key, fact in field.schema.fields.items()
                if isinstance(fact, FactField)
            ]
            yield DeclaredTable(path, keys, field, tuple(facts))
        elif isinstance(field, FactField) and field.kind != "text":
            yield DeclaredFact(path, keys, field)


@lru_cache(maxsize=1 << 16)
def undeclared(node: c.Node) -> frozenset[str]:
    """The facts and lists that a criterion reads and no summary has, or has as something else."""
    own = frozenset(path for path, found in _reads(node) if not found)
    return own.union(*map(undeclared, c.children(node)))


def _reads(node: c.Node) -> Iterator[tuple[str, bool]]:
    match node:
        case c.Fact(path) | c.Total(_, path) | c.Largest(_, path) | c.Smallest(_, path):
            yield path, isinstance(declared().field(path), QuantityField)
        case c.Among(path, _, _):
            yield path, getattr(declared().field(path), "kind", "") == "code"
        case c.Holds(path):
            yield path, isinstance(declared().field(path), YesNoField)
        case c.Records(path, _, _):
            yield path, path in declared().tables
        case _:
            return


def cohort_of(patients: Sequence[Patient]) -> Cohort:
    """The patients as columns, with the facts that follow from the stated ones.

    Shape: one row a patient. Unknown: whatever a patient does not state.
    """
    complete = [derive(patient) for patient in patients]
    facts = {fact.path: _column(fact, complete) for fact in declared().facts.values()}
    tables = {table.path: _table(table, complete) for table in declared().tables.values()}
    return Cohort(len(patients), facts, tables)


def _column(fact: DeclaredFact, holders: Sequence[Mapping[str, Any]]) -> Column:
    values = [_at(holder, fact.keys, fact.field.default) for holder in holders]
    return fact.field.column(values)


def _at(holder: Mapping[str, Any], keys: tuple[str, ...], default: Any = None) -> Any:
    value: Any = holder
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return value


def _table(table: DeclaredTable, patients: Sequence[Mapping[str, Any]]) -> RecordTable:
    lists = [_at(patient, table.keys, ()) for patient in patients]
    said = [_said(table, patient) for patient in patients]
    offsets = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(records) for records in lists], out=offsets[1:])
    records = [record for one_list in lists for record in one_list]
    columns = {fact.keys[0]: _column(fact, records) for fact in table.facts}
    return RecordTable(offsets, NOT_STATED.column(said).values, columns)


def _said(table: DeclaredTable, patient: Mapping[str, Any]) -> bool | None:
    """What is stated of whether the list leaves nothing out."""
    said: bool | None = _at(patient, table.said_by) if table.said_by else None
    return said


def person_of(patient: Patient) -> PatientValues:
    """The patient as plain values, with the facts that follow from the stated ones: the same as a cohort of one."""
    complete, blank = derive(patient), blank_person()
    tables = {table.path: _listed(table, complete) for key in complete for table in declared().tables_in(key)}
    return PatientValues({**blank.facts, **dict(_stated(complete, ""))}, {**blank.tables, **tables})


@cache
def blank_person() -> PatientValues:
    """A patient of whom nothing is stated."""
    facts = {fact.path: fact.field.plain(fact.field.default) for fact in declared().facts.values()}
    return PatientValues(facts, {table.path: _listed(table, {}) for table in declared().tables.values()})


def _stated(holder: Mapping[str, Any], above: str) -> Iterator[tuple[str, Plain]]:
    """Each fact that the patient, or a section, states."""
    facts = declared().facts
    for key, value in holder.items():
        path = above + key
        if path in facts:
            yield path, facts[path].field.plain(value)
        elif isinstance(value, Mapping):
            yield from _stated(value, f"{path}.")


def _listed(table: DeclaredTable, patient: Mapping[str, Any]) -> RecordList:
    records = _at(patient, table.keys, ())
    return RecordList(tuple(_record(table, record) for record in records), truth_of(_said(table, patient)))


def _record(table: DeclaredTable, record: Mapping[str, Any]) -> Values:
    fields = table.fields
    stated = {key: fields[key].plain(value) for key, value in record.items() if key in fields}
    return {**table.nothing_stated, **stated}
