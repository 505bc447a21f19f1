"""A declared fact as something to fill in: its label, help, unit and terms, and what was typed as JSON again."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, FactField, TextField, YesNoField
from schemas.summary.lab_units import LabValueField
from schemas.summary.quantity import read_quantity
from schemas.summary.quantity_fields import AgoField, QuantityField

FEW_TERMS = 12
"""Vocabularies up to this size are chosen from; larger ones are typed, with suggestions."""

USUAL_UNITS = {"time": "months", "activity": "mCi"}
"""What clinicians write, where it is not the canonical unit."""

UNIT = "~unit"
YEAR = re.compile(r"\s*(\d{4})\s*(?:as of|seen from)\s*(\d{4})\s*")
ANSWERS = (("", "Not stated"), ("yes", "Yes"), ("no", "No"))


def input_id(name: str) -> str:
    """The id of what is named so, without signs that selectors read."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")


def list_id(path: str) -> str:
    """The id of a list on the page."""
    return f"list-{path.replace('.', '-')}"


def place_of(path: str) -> str:
    """The id of what stands at a path: an input, or a list."""
    return list_id(path) if path in declared().tables else input_id(path)


@dataclass(frozen=True)
class FormInput:
    """One thing to fill in. `name` is the path of the fact, so that a fault finds its input."""

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
    fixed: bool = False

    @property
    def id(self) -> str:
        """On the page."""
        return input_id(self.name)


def input_of(field: FactField, name: str, typed: Mapping[str, str], faults: Mapping[str, str]) -> FormInput:
    """The input of a fact, as it was typed, with its fault."""
    blank = _blank(field)
    unit = typed.get(name + UNIT) or blank.unit
    return replace(blank, name=name, value=typed.get(name, ""), unit=unit, fault=faults.get(name, ""))


@cache
def _blank(field: FactField) -> FormInput:
    label = field.label[:1].upper() + field.label[1:]
    made = FormInput("", label, "text", _help(field), required=bool(field.required))
    if isinstance(field, YesNoField):
        return replace(made, kind="select", options=ANSWERS)
    if isinstance(field, CodeField):
        labels = [term.label for term in field.vocabulary.terms.values()]
        if len(labels) > FEW_TERMS:
            return replace(made, suggestions=field.vocabulary_name)
        return replace(made, kind="select", options=(ANSWERS[0], *((label, label) for label in labels)))
    if isinstance(field, QuantityField) and not isinstance(field, LabValueField):
        units = () if _bare(field) else tuple(field.dimension.factors)
        usual = USUAL_UNITS.get(field.dimension_name, field.dimension.canonical)
        return replace(made, kind="quantity", units=units, unit=usual if units else "")
    return made


def _help(field: FactField) -> str:
    if isinstance(field, LabValueField):
        return "With its unit, such as 1.5 10^9/L or 9.5 g/dL."
    if isinstance(field, AgoField):
        return " ".join(filter(None, [field.help, "How long ago; or a year, such as 2023 as of 2026."]))
    return field.help


def _bare(field: QuantityField) -> bool:
    return field.dimension.counting or field.dimension.canonical == "1"


def read_input(field: FactField, name: str, typed: Mapping[str, str]) -> Any:
    """What was typed as the JSON of a summary; None where nothing was. The schema checks it."""
    text = typed.get(name, "").strip()
    if not text:
        return None
    if isinstance(field, YesNoField):
        return {"yes": True, "no": False}.get(text, text)
    if isinstance(field, AgoField):
        year = YEAR.fullmatch(text)
        if year:
            return {"year": int(year[1]), "as_of": int(year[2])}
        return {"ago": _quantity(text, typed.get(name + UNIT, ""))}
    if isinstance(field, QuantityField):
        return _quantity(text, "" if isinstance(field, LabValueField) else typed.get(name + UNIT, ""))
    return text


def _quantity(text: str, unit: str) -> Any:
    """A unit that was typed beside the number goes before the one that was chosen."""
    if text.startswith("{"):
        return _bounds(text, unit)
    try:
        return text if read_quantity(text).unit else f"{text} {unit}".strip()
    except ValueError:
        return text


def _bounds(text: str, unit: str) -> Any:
    """A range that no text can hold, as JSON; its unit is the one that was chosen."""
    try:
        written = json.loads(text)
    except ValueError:
        return text
    return {"unit": unit} | written if unit and isinstance(written, dict) else written


def typed_of(field: FactField, name: str, value: Any) -> dict[str, str]:
    """What would have to be typed for this value of a summary."""
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
    written = read_quantity(value)
    if isinstance(field, LabValueField) or written.unit not in field.dimension.factors:
        return {name: _text(written.to_json())}
    return {name: _text(replace(written, unit="").to_json()), name + UNIT: written.unit}


def _text(written: Any) -> str:
    return written if isinstance(written, str) else json.dumps(written)


def is_text(field: object) -> bool:
    """Whether a field is a word that is stored and never matched."""
    return isinstance(field, TextField)
