"""Facts that packages add to the patient summary: a section, a list or a single fact under a key of its own."""

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


def added_fact(entry: EntryPointObject) -> fields.Field[Any]:
    """The declared fact that an entry point names.

    Raises: InputError for what no summary, column or question could be made of.
    """
    for fault in _faults("", entry.value, {}):
        raise entry.rejected(fault)
    fact: fields.Field[Any] = deepcopy(entry.value)
    return fact


def _faults(key: str, field: Any, beside: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a field, and with what lies below it. `beside` are the fields of the same section."""
    if isinstance(field, SectionField):
        yield from _section_faults(key, field.schema)
    elif isinstance(field, RecordsField):
        yield from _list_faults(key, field, beside)
    elif isinstance(field, FactField):
        yield from _fact_faults(key, field)
    else:
        yield f"{key or 'it'} must be a Section, Records or a fact such as Code, Quantity, Truth or Ago"


def _section_faults(key: str, schema: Schema) -> Iterator[str]:
    if isinstance(schema, FactSchema):
        for name, field in schema.fields.items():
            yield from _faults(f"{key}.{name}".lstrip("."), field, schema.fields)
    else:
        yield f"{key or 'it'} must be made of a FactSchema"


def _list_faults(key: str, field: RecordsField, beside: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(one, FactField) for one in field.schema.fields.values()):
        yield f"{key or 'it'} lists records, which hold facts and nothing nested"
    yield from _section_faults(key, field.schema)
    if field.complete is not None and field.complete not in beside:
        yield f"{key or 'it'} needs the fact {field.complete} beside it, in the same section"
    asked = {name for _, name, _, _ in Formatter().parse(field.question) if name is not None}
    for name in sorted(asked | ({field.shorthand} if field.shorthand else set())):
        if name not in field.schema.fields:
            yield f"{key or 'it'} names the field {name}, which its records do not have"


def _fact_faults(key: str, field: FactField) -> Iterator[str]:
    if isinstance(field, CodeField) and field.vocabulary_name not in vocabularies():
        yield f"{key or 'it'} needs the vocabulary {field.vocabulary_name}, which nothing provides"
    if isinstance(field, QuantityField) and field.dimension_name not in dimensions():
        yield f"{key or 'it'} needs the dimension {field.dimension_name}, which nothing provides"
