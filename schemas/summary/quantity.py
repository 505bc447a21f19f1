"""Reads a quantity as written: a value or a range with its unit, such as `150 mCi`, `<10 mm` or `8-10 mm`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

NUMBER = r"[+-]?\d{1,12}(?:\.\d{1,9})?"
PATTERN = re.compile(
    rf"\s*(?P<operator><=|>=|<|>|≤|≥)?\s*(?P<first>{NUMBER})(?:\s*(?:-|–|to)\s*(?P<second>{NUMBER}))?"
    r"\s*(?P<plus>\+)?\s*(?P<unit>[^\d\s<>=+-].{0,30}|10[*^]\d+/\w+)?\s*",
)
COUNT_WORDS = {"several": ">=2", "multiple": ">=2"}
"""A count in words means at least two."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""The years that data may name: of an event, a note or a registry."""

BOUND_KEYS = ("value", "min", "max", "above", "below")


def is_year(value: object) -> bool:
    """Return whether this is a whole number within the years that data may name."""
    return isinstance(value, int) and not isinstance(value, bool) and FIRST_YEAR <= value <= LAST_YEAR


@dataclass(frozen=True)
class Quantity:
    """A range in the unit in which it was written. Unknown: a bound that is None.

    `lower_open` and `upper_open` exclude the bound itself.
    """

    lower: Decimal | None
    upper: Decimal | None
    unit: str
    lower_open: bool = False
    upper_open: bool = False

    def to_json(self) -> str | dict[str, Any]:
        """The shortest form that reads back as the same quantity; a unit such as `1` or `+` needs the object form."""
        text = self._text()
        return text if text is not None and _reads_as(text, self) else self._object()

    def _text(self) -> str | None:
        unit = f" {self.unit}" if self.unit else ""
        if self.lower is not None and self.lower == self.upper:
            return f"{_plain(self.lower)}{unit}"
        if self.upper is None and self.lower is not None:
            return f"{'>' if self.lower_open else '>='}{_plain(self.lower)}{unit}"
        if self.lower is None and self.upper is not None:
            return f"{'<' if self.upper_open else '<='}{_plain(self.upper)}{unit}"
        if self.lower is None or self.upper is None or self.lower_open or self.upper_open:
            return None
        return f"{_plain(self.lower)}-{_plain(self.upper)}{unit}"

    def _object(self) -> dict[str, Any]:
        low, high = ("above" if self.lower_open else "min"), ("below" if self.upper_open else "max")
        bounds = {"value": self.lower} if self.lower == self.upper else {low: self.lower, high: self.upper}
        out = {key: _plain(bound) for key, bound in bounds.items() if bound is not None}
        return out | ({"unit": self.unit} if self.unit else {})


def _reads_as(text: str, quantity: Quantity) -> bool:
    try:
        return read_quantity(text) == quantity
    except ValueError:
        return False


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_quantity(written: Any) -> Quantity:
    """Read a string, a bare number, or an object of `value|min|max|above|below` and `unit`.

    Raises: ValueError whose message does not repeat the value.
    """
    if isinstance(written, Mapping):
        return _from_object(written)
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise ValueError("enter a number")
    return _from_text(
        COUNT_WORDS.get(written, written) if isinstance(written, str) else format(Decimal(str(written)), "f")
    )


@lru_cache(maxsize=8192)
def _from_text(text: str) -> Quantity:
    found = PATTERN.fullmatch(text) if len(text) <= 60 else None
    if found is None:
        raise ValueError("enter a number")
    return _from_match(found)


def _from_match(found: re.Match[str]) -> Quantity:
    operator, number, second, plus, written = found.groups()
    first, unit = Decimal(number), (written or "").strip()
    if operator is second is plus is None:
        return Quantity(first, first, unit)
    if (operator, second, plus).count(None) < 2:
        raise ValueError("a range or one of < <= > >= +, not both")
    if second is not None:
        return _ordered(Quantity(first, Decimal(second), unit))
    if operator in ("<", "<=", "≤"):
        return Quantity(None, first, unit, upper_open=operator == "<")
    return Quantity(first, None, unit, lower_open=operator == ">")


def _from_object(written: Mapping[str, Any]) -> Quantity:
    if unknown := set(written) - {*BOUND_KEYS, "unit"}:
        raise ValueError(f"{len(unknown)} unknown key(s); known are {', '.join(BOUND_KEYS)} and unit")
    unit = written.get("unit", "")
    if not isinstance(unit, str) or len(unit) > 31:
        raise ValueError("the unit is not a word")
    given = {key: _number(written[key]) for key in BOUND_KEYS if written.get(key) is not None}
    if "value" in given:
        if len(given) > 1:
            raise ValueError("a value, or bounds, not both")
        return Quantity(given["value"], given["value"], unit)
    if not given or {"min", "above"} <= given.keys() or {"max", "below"} <= given.keys():
        raise ValueError("needs a value, or one lower and one upper bound at most")
    lower, upper = given.get("min", given.get("above")), given.get("max", given.get("below"))
    return _ordered(Quantity(lower, upper, unit, "above" in given, "below" in given))


def _number(written: Any) -> Decimal:
    text = written if isinstance(written, str) else str(written)
    if isinstance(written, bool) or len(text) > 40 or not re.fullmatch(NUMBER, text):
        raise ValueError("a bound is not a number")
    return Decimal(text)


def _ordered(quantity: Quantity) -> Quantity:
    lower, upper = quantity.lower, quantity.upper
    if lower is None or upper is None:
        return quantity
    if lower > upper or (lower == upper and (quantity.lower_open or quantity.upper_open)):
        raise ValueError("the lower bound exceeds the upper")
    return quantity
