"""Summaries that were checked before they were stored, read back without what marshmallow would do again."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from marshmallow import Schema, ValidationError, fields

from schemas.summary import facts as declaring
from schemas.summary.facts import Patient, load_patient, patient_schema
from schemas.summary.sections import RecordsField, SectionField

Read: TypeAlias = Callable[[Any], Any]


class NotStoredForm(Exception):
    """What `dump_patient` does not write."""


def load_stored(summary: object) -> Patient:
    """The patient of a summary that `dump_patient` wrote: each value is read as ever, and no rule between values is
    checked again. Whatever is odd, such as a code that was known then, goes the way of a new summary.

    Raises: InputError as `load_patient`.
    """
    try:
        return _read(patient_schema(), summary)
    except (NotStoredForm, ValidationError):
        return load_patient(summary)


def _read(schema: Schema, stated: object) -> dict[str, Any]:
    if not isinstance(stated, Mapping) or None in stated.values() or not _required(schema) <= stated.keys():
        raise NotStoredForm
    readers = _readers(schema)
    try:
        return {key: readers[key](value) for key, value in stated.items()}
    except KeyError:
        raise NotStoredForm from None


@cache
def _required(schema: Schema) -> frozenset[str]:
    return frozenset(name for name, field in schema.fields.items() if field.required)


@cache
def _readers(schema: Schema) -> dict[str, Read]:
    return {name: _reader(field) for name, field in schema.fields.items()}


def _reader(field: fields.Field[Any]) -> Read:
    """A group that a package adds may do anything with what it loads, so it loads it."""
    if not isinstance(field, SectionField | RecordsField) or type(field.schema).__module__ != declaring.__name__:
        return field.deserialize
    read = _each if isinstance(field, RecordsField) else _read
    return lambda value: read(field.schema, value)


def _each(schema: Schema, stated: object) -> list[dict[str, Any]]:
    if not isinstance(stated, list):
        raise NotStoredForm
    return [_read(schema, one) for one in stated]
