"""Writes a drawn summary as the JSON that a client sends, in any of the many ways to write the same facts."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from marshmallow import Schema
from marshmallow.fields import Field

from schemas.summary.alteration import AlterationField
from schemas.summary.fields import CodeField
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.sections import RecordsField, SectionField
from schemas.summary.units import Dimension
from tests.generative.summary_strategies import ALTERATIONS, Amount, Summary, Year, patient_schema

Choose: TypeAlias = Callable[[Sequence[Any]], Any]
MOST_DECIMALS, MOST_DIGITS = 9, 12
"""Most digits of a quantity after and before the decimal point."""

NO_WORD = re.compile(r"[\d\s<>=+-]")
"""Characters with which a unit cannot start in a text such as `8 mm`; the object form allows any."""

SEVERAL = Amount(Fraction(2), None)


def first(options: Sequence[Any]) -> Any:
    """The plain form: canonical units, codes themselves."""
    return options[0]


def spell(summary: Summary, choose: Choose = first) -> dict[str, Any]:
    """The summary as JSON; `choose` picks among equivalent forms."""
    return {"schema": 1, **_section(patient_schema(), summary, choose)}


def _section(schema: Schema, reported: Mapping[str, Any], choose: Choose) -> dict[str, Any]:
    return {key: _fact(schema.fields[key], value, reported, choose) for key, value in reported.items()}


def _fact(field: Field[Any], value: Any, siblings: Mapping[str, Any], choose: Choose) -> Any:
    match field:
        case SectionField():
            return _section(field.schema, value, choose)
        case RecordsField():
            return [_record(field, record, choose) for record in value]
        case AgoField():
            return _ago(field, value, choose)
        case LabValueField():
            return choose(spellings(value, dimension_of(siblings["analyte"]), choose))
        case QuantityField():
            return choose(spellings(value, field.dimension, choose))
        case AlterationField():
            return choose(next(names for names in ALTERATIONS[siblings["gene"]] if names[0] == value))
        case CodeField():
            term = field.vocabulary.terms[value]
            return choose([value, value.upper(), f" {term.label} ", *term.synonyms])
        case _:
            return value


def _record(field: RecordsField, record: Summary, choose: Choose) -> Any:
    written = _section(field.schema, record, choose)
    short = [written[field.shorthand]] if field.shorthand and written.keys() == {field.shorthand} else []
    return choose([written, *short])


def _ago(field: AgoField, value: Amount | Year, choose: Choose) -> dict[str, Any]:
    if isinstance(value, Year):
        return {"year": value.year, "as_of": value.as_of}
    return {"ago": choose(spellings(value, field.dimension, choose))}


# --- quantities -----------------------------------------------------------------------------------


def spellings(amount: Amount, dimension: Dimension, choose: Choose) -> list[Any]:
    """The forms of the amount in a unit in which it is exact."""
    unit, factor = choose([(word, factor) for word, factor in units(dimension) if _is_exact(amount, factor)])
    low, high = (None if end is None else _decimal(end / factor) for end in (amount.low, amount.high))
    texts = [] if NO_WORD.match(unit) and not unit.startswith("10^") else _texts(amount, low, high, unit)
    counted = ["several", "multiple"] if amount == SEVERAL and dimension.name == "count" else []
    return [*texts, *_objects(amount, low, high, unit), *counted]


def units(dimension: Dimension) -> list[tuple[str, Fraction]]:
    """Every word for a unit, with its factor; the canonical unit first."""
    bare = [("", Fraction(1))] if dimension.counting or dimension.canonical == "1" else []
    canonical = [(dimension.canonical, dimension.factors[dimension.canonical])]
    synonyms = [(word, dimension.factors[unit]) for word, unit in dimension.synonyms.items()]
    return [*bare, *canonical, *dimension.factors.items(), *synonyms]


def _is_exact(amount: Amount, factor: Fraction) -> bool:
    ends = [end / factor for end in (amount.low, amount.high) if end is not None]
    return all(10**MOST_DECIMALS % end.denominator == 0 and end < 10**MOST_DIGITS for end in ends)


def _decimal(number: Fraction) -> str:
    whole, rest = divmod(number.numerator * 10**MOST_DECIMALS // number.denominator, 10**MOST_DECIMALS)
    return f"{whole}.{rest:0{MOST_DECIMALS}d}".rstrip("0").rstrip(".")


def _texts(amount: Amount, low: str | None, high: str | None, unit: str) -> list[Any]:
    after = f" {unit}" if unit else ""
    if low == high:
        return [f"{low}{after}", *([] if unit.startswith("10^") else [f" {low}{unit}"]), *_bare(low, unit)]
    if high is None:
        signs = (">", "> ") if amount.low_open else (">=", "≥ ")
        return [*(f"{sign}{low}{after}" for sign in signs), *([] if amount.low_open else [f"{low}+{after}"])]
    if low is None:
        signs = ("<", "< ") if amount.high_open else ("<=", "≤ ")
        return [f"{sign}{high}{after}" for sign in signs]
    if amount.low_open or amount.high_open:
        return []
    return [f"{low}{dash}{high}{after}" for dash in ("-", " - ", "–", " to ")]


def _bare(number: str | None, unit: str) -> list[Any]:
    if unit or number is None:
        return []
    return [float(number), *([int(number)] if number.isdigit() else [])]


def _objects(amount: Amount, low: str | None, high: str | None, unit: str) -> list[dict[str, Any]]:
    word = {"unit": unit} if unit else {}
    if low == high:
        return [{"value": low, **word}, {"value": _number(low), **word}]
    bounds: dict[str, Any] = {}
    if low is not None:
        bounds["above" if amount.low_open else "min"] = low
    if high is not None:
        bounds["below" if amount.high_open else "max"] = high
    return [{**bounds, **word}, {**{key: _number(end) for key, end in bounds.items()}, **word}]


def _number(text: str | None) -> Any:
    """A JSON number where its plain form is exact, else the text."""
    assert text is not None
    return int(text) if text.isdigit() else float(text) if len(text) < 12 and float(text) > 0.001 else text
