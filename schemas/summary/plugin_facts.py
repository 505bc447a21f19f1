"""Checks the facts that plugins add to the patient summary: a section, a list or a single fact under a new key."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from string import Formatter
from typing import Any

from marshmallow import Schema, fields

from schemas.plugins import EntryPointObject
from schemas.summary.fields import CodeField, FactField
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.sections import FactSchema, RecordsField, SectionField
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies


def plugin_fact(entry: EntryPointObject) -> fields.Field[Any]:
    """The declared fact that an entry point names.

    Raises: InputError for a fact that cannot be loaded, encoded or asked for.
    """
    for fault in _faults("", entry.value, {}):
        raise entry.rejected(fault)
    fact: fields.Field[Any] = deepcopy(entry.value)
    return fact


def _faults(key: str, field: Any, siblings: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a field and the fields below it. `siblings` are the fields of the same section."""
    if isinstance(field, SectionField):
        yield from _section_faults(key, field.schema)
    elif isinstance(field, RecordsField):
        yield from _list_faults(key, field, siblings)
    elif isinstance(field, FactField):
        yield from _fact_faults(key, field)
    else:
        yield f"{key or 'it'} must be a SectionField, a RecordsField or a fact such as CodeField or QuantityField"


def _section_faults(key: str, schema: Schema) -> Iterator[str]:
    if isinstance(schema, FactSchema):
        for name, field in schema.fields.items():
            yield from _faults(f"{key}.{name}".lstrip("."), field, schema.fields)
    else:
        yield f"{key or 'it'} must be made of a FactSchema"


def _list_faults(key: str, field: RecordsField, siblings: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(fact, FactField) for fact in field.schema.fields.values()):
        yield f"{key or 'it'} lists records, which may only contain facts, nothing nested"
    yield from _section_faults(key, field.schema)
    if field.complete is not None and field.complete not in siblings:
        yield f"{key or 'it'} needs the fact {field.complete} in the same section"
    asked = {name for _, name, _, _ in Formatter().parse(field.question) if name is not None}
    for name in sorted(asked | ({field.shorthand} if field.shorthand else set())):
        if name not in field.schema.fields:
            yield f"{key or 'it'} names the field {name}, which its records do not have"


def _fact_faults(key: str, field: FactField) -> Iterator[str]:
    if isinstance(field, CodeField) and field.vocabulary_name not in vocabularies():
        yield f"{key or 'it'} needs the vocabulary {field.vocabulary_name}, which does not exist"
    if isinstance(field, QuantityField) and field.dimension_name not in dimensions():
        yield f"{key or 'it'} needs the dimension {field.dimension_name}, which does not exist"
