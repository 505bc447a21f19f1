"""Patients as columns, read off the declaration of their facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from marshmallow import Schema

from matching.cohort import Cohort, Column, Table
from schemas.derived import derive
from schemas.fields import FactField, Records, Section, Truth
from schemas.patient import Patient, PatientSchema

NOT_STATED = Truth("not stated")


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
    field: Records
    facts: tuple[DeclaredFact, ...]


@dataclass(frozen=True)
class Declared:
    """Every fact and table of a patient summary, by path."""

    facts: Mapping[str, DeclaredFact]
    tables: Mapping[str, DeclaredTable]

    @cached_property
    def _fields(self) -> Mapping[str, FactField]:
        of_records = (fact for table in self.tables.values() for fact in table.facts)
        return {fact.path: fact.field for fact in (*self.facts.values(), *of_records)}

    def field(self, path: str) -> FactField | None:
        """The field that declares the fact, of the patient or of a record."""
        return self._fields.get(path)


@cache
def declared() -> Declared:
    """All that `PatientSchema` declares."""
    found = list(_walk(PatientSchema(), ()))
    return Declared(
        {entry.path: entry for entry in found if isinstance(entry, DeclaredFact)},
        {entry.path: entry for entry in found if isinstance(entry, DeclaredTable)},
    )


def _walk(schema: Schema, above: tuple[str, ...]) -> Iterator[DeclaredFact | DeclaredTable]:
    for name, field in schema.fields.items():
        keys = (*above, name)
        path = ".".join(keys)
        if isinstance(field, Section):
            yield from _walk(field.schema, keys)
        elif isinstance(field, Records):
            facts = [
                DeclaredFact(f"{path}.{key}", (key,), fact)
                for key, fact in field.schema.fields.items()
                if isinstance(fact, FactField)
            ]
            yield DeclaredTable(path, keys, field, tuple(facts))
        elif isinstance(field, FactField) and field.kind != "text":
            yield DeclaredFact(path, keys, field)


def cohort_of(patients: Sequence[Patient]) -> Cohort:
    """The patients as columns, with the facts that follow from the stated ones.

    Shape: one row a patient. Unknown: whatever a patient does not state.
    """
    complete = [derive(patient) for patient in patients]
    facts = {fact.path: _column(fact, complete) for fact in declared().facts.values()}
    tables = {table.path: _table(table, complete) for table in declared().tables.values()}
    return Cohort(len(patients), facts, tables)


def _column(fact: DeclaredFact, holders: Sequence[Mapping[str, Any]]) -> Column:
    return fact.field.column([_at(holder, fact.keys, fact.field.default) for holder in holders])


def _at(holder: Mapping[str, Any], keys: tuple[str, ...], default: Any = None) -> Any:
    value: Any = holder
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return value


def _table(table: DeclaredTable, patients: Sequence[Mapping[str, Any]]) -> Table:
    lists = [_at(patient, table.keys, ()) for patient in patients]
    offsets = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(records) for records in lists], out=offsets[1:])
    records = [record for one_list in lists for record in one_list]
    columns = {fact.keys[0]: _column(fact, records) for fact in table.facts}
    said = [
        _at(patient, (*table.keys[:-1], table.field.complete)) if table.field.complete else None for patient in patients
    ]
    return Table(offsets, NOT_STATED.column(said).values, columns)
