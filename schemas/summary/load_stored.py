"""Loads stored summaries, which were checked before they were stored, without repeating the checks."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from marshmallow import Schema, ValidationError, fields

from schemas.summary import facts as facts_module
from schemas.summary.facts import Patient, load_patient, patient_schema
from schemas.summary.sections import RecordsField, SectionField

ReadValue: TypeAlias = Callable[[Any], Any]


class NotStoredForm(Exception):
    """The summary is not in the form that `dump_patient` writes."""


def load_stored(summary: object) -> Patient:
    """Load a summary that `dump_patient` wrote: each value is read, but rules between values are not checked again.
    A summary that differs in any way, such as a code since removed, falls back to `load_patient`.

    Raises: InputError as `load_patient`.
    """
    try:
        return _read(patient_schema(), summary)
    except (NotStoredForm, ValidationError):
        return load_patient(summary)


def _read(schema: Schema, data: object) -> dict[str, Any]:
    if not isinstance(data, Mapping) or None in data.values() or not _required(schema) <= data.keys():
        raise NotStoredForm
    readers = _readers(schema)
    try:
        return {key: readers[key](value) for key, value in data.items()}
    except KeyError:
        raise NotStoredForm from None


@cache
def _required(schema: Schema) -> frozenset[str]:
    return frozenset(name for name, field in schema.fields.items() if field.required)


@cache
def _readers(schema: Schema) -> dict[str, ReadValue]:
    return {name: _reader(field) for name, field in schema.fields.items()}


def _reader(field: fields.Field[Any]) -> ReadValue:
    """A section that a plugin adds may load its data in any way, so it loads it itself."""
    if not isinstance(field, SectionField | RecordsField) or type(field.schema).__module__ != facts_module.__name__:
        return field.deserialize
    read = _read_list if isinstance(field, RecordsField) else _read
    return lambda value: read(field.schema, value)


def _read_list(schema: Schema, data: object) -> list[dict[str, Any]]:
    if not isinstance(data, list):
        raise NotStoredForm
    return [_read(schema, record) for record in data]
