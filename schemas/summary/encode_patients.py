"""Encodes patient summaries for the engines: columns for many patients, plain values for one."""

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

COMPLETE_FLAG = YesNoField("list complete")
"""Encodes the completeness flags of lists."""


def cohort_of(patients: Sequence[Patient]) -> Cohort:
    """The patients as columns, with derived facts.

    Shape: one row for each patient. Unknown: facts that a patient does not report.
    """
    derived = [derive(patient) for patient in patients]
    facts = {fact.path: _column(fact, derived) for fact in declared().facts.values()}
    tables = {table.path: _table(table, derived) for table in declared().tables.values()}
    return Cohort(len(patients), facts, tables)


def _column(fact: DeclaredFact, sections: Sequence[Mapping[str, Any]]) -> Column:
    values = [_at(section, fact.keys, fact.field.default) for section in sections]
    return fact.field.column(values)


def _at(section: Mapping[str, Any], keys: tuple[str, ...], default: Any = None) -> Any:
    value: Any = section
    for key in keys:
        if not isinstance(value, Mapping) or key not in value:
            return default
        value = value[key]
    return value


def _table(table: DeclaredTable, patients: Sequence[Mapping[str, Any]]) -> RecordTable:
    lists = [_at(patient, table.keys, ()) for patient in patients]
    flags = [_complete_flag(table, patient) for patient in patients]
    offsets = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(records) for records in lists], out=offsets[1:])
    records = [record for listed in lists for record in listed]
    columns = {fact.keys[0]: _column(fact, records) for fact in table.facts}
    return RecordTable(offsets, COMPLETE_FLAG.column(flags).values, columns)


def _complete_flag(table: DeclaredTable, patient: Mapping[str, Any]) -> bool | None:
    flag: bool | None = _at(patient, table.complete_keys) if table.complete_keys else None
    return flag


def values_of(patient: Patient) -> PatientValues:
    """The patient as plain values, with derived facts: equivalent to a cohort of one."""
    derived, blank = derive(patient), blank_values()
    tables = {table.path: _listed(table, derived) for key in derived for table in declared().tables_in(key)}
    return PatientValues({**blank.facts, **dict(_reported(derived, ""))}, {**blank.tables, **tables})


@cache
def blank_values() -> PatientValues:
    """A blank patient: no fact is reported."""
    facts = {fact.path: fact.field.plain(fact.field.default) for fact in declared().facts.values()}
    return PatientValues(facts, {table.path: _listed(table, {}) for table in declared().tables.values()})


def _reported(section: Mapping[str, Any], above: str) -> Iterator[tuple[str, Plain]]:
    """Each fact that the patient, or a section, reports."""
    facts = declared().facts
    for key, value in section.items():
        path = above + key
        if path in facts:
            yield path, facts[path].field.plain(value)
        elif isinstance(value, Mapping):
            yield from _reported(value, f"{path}.")


def _listed(table: DeclaredTable, patient: Mapping[str, Any]) -> RecordList:
    records = _at(patient, table.keys, ())
    return RecordList(tuple(_record(table, record) for record in records), truth_of(_complete_flag(table, patient)))


def _record(table: DeclaredTable, record: Mapping[str, Any]) -> Values:
    fields = table.fields
    reported = {key: fields[key].plain(value) for key, value in record.items() if key in fields}
    return {**table.blank_record, **reported}
