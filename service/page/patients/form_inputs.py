"""Form inputs of declared facts: label, help, units and options, and conversion between typed text and JSON."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, FactField, TextField, YesNoField
from schemas.summary.lab_units import LabValueField
from schemas.summary.quantity import read_quantity
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.vocabulary import vocabularies
from service.page.formats import capital

MAX_SELECT_TERMS = 12
"""Vocabularies up to this size are a select; larger ones are a text input with suggestions."""

USUAL_UNITS = {"time": "months", "activity": "mCi"}
"""The units that clinicians write, where these are not the canonical units."""

UNIT_SUFFIX = "~unit"
"""Ends the name of the input for a quantity's unit."""

YEAR_OF_EVENT = re.compile(r"\s*(\d{4})\s*(?:as of|seen from)\s*(\d{4})\s*")
YES_NO_OPTIONS = (("", "Not known"), ("yes", "Yes"), ("no", "No"))


def input_id(name: str) -> str:
    """The HTML id of an input, without characters that have a meaning in selectors."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")


def list_id(path: str) -> str:
    """The HTML id of a list of records."""
    return f"list-{path.replace('.', '-')}"


def element_id(path: str) -> str:
    """The HTML id of the input or list at a path."""
    return list_id(path) if path in declared().tables else input_id(path)


@dataclass(frozen=True)
class FormInput:
    """An input of the form. `name` is the path of its fact, so that a fault of that path is shown at the input."""

    name: str
    label: str
    kind: str
    help: str = ""
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    suggestions: str = ""
    units: tuple[str, ...] = ()
    unit: str = ""
    fault: str = ""
    required: bool = False
    readonly: bool = False

    @property
    def id(self) -> str:
        return input_id(self.name)


def input_of(field: FactField, name: str, typed: Mapping[str, str], faults: Mapping[str, str]) -> FormInput:
    """The input of a fact, with what was typed into it and its fault."""
    empty = _empty_input(field)
    unit = typed.get(name + UNIT_SUFFIX) or empty.unit
    return replace(empty, name=name, value=typed.get(name, ""), unit=unit, fault=faults.get(name, ""))


@cache
def _empty_input(field: FactField) -> FormInput:
    text_input = FormInput("", capital(field.label), "text", _help(field), required=bool(field.required))
    if isinstance(field, YesNoField):
        return replace(text_input, kind="select", options=YES_NO_OPTIONS)
    if isinstance(field, CodeField):
        labels = [term.label for term in field.vocabulary.terms.values()]
        if len(labels) > MAX_SELECT_TERMS:
            return replace(text_input, suggestions=field.vocabulary_name)
        return replace(text_input, kind="select", options=(YES_NO_OPTIONS[0], *((label, label) for label in labels)))
    if isinstance(field, QuantityField) and not isinstance(field, LabValueField):
        units = () if _has_no_unit(field) else tuple(field.dimension.factors)
        usual = USUAL_UNITS.get(field.dimension_name, field.dimension.canonical)
        return replace(text_input, kind="quantity", units=units, unit=usual if units else "")
    return text_input


def _help(field: FactField) -> str:
    if isinstance(field, LabValueField):
        return "Include the unit, e.g. 1.5 10^9/L or 9.5 g/dL."
    if isinstance(field, AgoField):
        return " ".join(filter(None, [field.help, "How long ago, or a year, e.g. 2023 as of 2026."]))
    return field.help


def _has_no_unit(field: QuantityField) -> bool:
    return field.dimension.counting or field.dimension.canonical == "1"


def suggestions_of(inputs: Iterable[FormInput]) -> dict[str, list[str]]:
    """The term labels of each vocabulary that an input suggests."""
    names = sorted({form_input.suggestions for form_input in inputs if form_input.suggestions})
    return {name: [term.label for term in vocabularies()[name].terms.values()] for name in names}


def read_input(field: FactField, name: str, typed: Mapping[str, str]) -> Any:
    """Convert typed text to the JSON of a summary, None if nothing was typed. The schema checks it later."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    if isinstance(field, YesNoField):
        return {"yes": True, "no": False}.get(text, text)
    if isinstance(field, AgoField):
        year = YEAR_OF_EVENT.fullmatch(text)
        if year:
            return {"year": int(year[1]), "as_of": int(year[2])}
        return {"ago": _read_quantity(text, typed.get(name + UNIT_SUFFIX, ""))}
    if isinstance(field, QuantityField):
        return _read_quantity(text, "" if isinstance(field, LabValueField) else typed.get(name + UNIT_SUFFIX, ""))
    return text


def _read_quantity(text: str, unit: str) -> Any:
    """A unit typed with the number wins over the selected one."""
    if text.startswith("{"):
        return _read_bounds(text, unit)
    try:
        return text if read_quantity(text).unit else f"{text} {unit}".strip()
    except ValueError:
        return text


def _read_bounds(text: str, unit: str) -> Any:
    """Read a range that has no text form, such as (5, 10), from JSON; its unit is the selected one."""
    try:
        bounds = json.loads(text)
    except ValueError:
        return text
    return {"unit": unit} | bounds if unit and isinstance(bounds, dict) else bounds


def typed_of(field: FactField, name: str, value: Any) -> dict[str, str]:
    """Convert a value of a summary to the text to type for it: the inverse of `read_input`."""
    if value is None:
        return {}
    if isinstance(field, YesNoField):
        return {name: "yes" if value else "no"}
    if isinstance(field, AgoField) and "year" in value:
        return {name: f"{value['year']} as of {value['as_of']}"}
    if isinstance(field, QuantityField):
        return _typed_quantity(field, name, value["ago"] if isinstance(field, AgoField) else value)
    if isinstance(field, CodeField):
        label = field.vocabulary.label_of(value)
        return {name: label if field.vocabulary.code_of(label) == field.vocabulary.code_of(value) else value}
    return {name: str(value)}


def _typed_quantity(field: QuantityField, name: str, value: Any) -> dict[str, str]:
    quantity = read_quantity(value)
    if isinstance(field, LabValueField) or quantity.unit not in field.dimension.factors:
        return {name: _text(quantity.to_json())}
    return {name: _text(replace(quantity, unit="").to_json()), name + UNIT_SUFFIX: quantity.unit}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def is_text(field: object) -> bool:
    """Whether a field is a word that is stored and never matched."""
    return isinstance(field, TextField)
