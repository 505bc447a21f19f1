"""Turns patient summaries into what the engines read: columns for many patients, plain values for one."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from matching.cohort import Cohort, Column, RecordTable
from matching.patient_values import PatientValues, Plain, RecordList, Values
from matching.truth import truth_of
from schemas.summary.declared_facts import DeclaredFact, DeclaredTable, declared
from schemas.summary.derive import derive
from schemas.summary.facts import Patient
from schemas.summary.fields import YesNoField

NOT_STATED = YesNoField("not stated")


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


def values_of(patient: Patient) -> PatientValues:
    """The patient as plain values, with the facts that follow from the stated ones: the same as a cohort of one."""
    complete, blank = derive(patient), blank_values()
    tables = {table.path: _listed(table, complete) for key in complete for table in declared().tables_in(key)}
    return PatientValues({**blank.facts, **dict(_stated(complete, ""))}, {**blank.tables, **tables})


@cache
def blank_values() -> PatientValues:
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
