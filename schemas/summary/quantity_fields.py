"""The field types of numbers: quantities, times within which something happened, and times ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from matching.cohort import NumberColumn
from matching.interval import EVERYTHING, Interval
from schemas.summary.fields import FactField, field_error
from schemas.summary.quantity import BOUND_KEYS, FIRST_YEAR, LAST_YEAR, Quantity, is_year, read_quantity
from schemas.summary.units import Dimension, dimensions

QUESTION_STARTS = {"number of ": "How many", "time since ": "How long ago was", "time from ": "How long from"}
"""How the question for a number begins, by the start of its label."""


class QuantityField(FactField):
    """A measured or counted number of one dimension.

    `may_not_exist`: there may be nothing to measure (the largest of no lesions), so unknown means any number at all.
    """

    kind = "quantity"

    def __init__(self, dimension: str, label: str, *, may_not_exist: bool = False, **kwargs: Any) -> None:
        self.dimension_name = dimension
        self.may_not_exist = may_not_exist
        super().__init__(label, **kwargs)

    def _question(self, label: str) -> str:
        for start, question in QUESTION_STARTS.items():
            if label.startswith(start):
                return f"{question} {label.removeprefix(start)}?"
        return super()._question(label)

    @property
    def dimension(self) -> Dimension:
        return dimensions()[self.dimension_name]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Quantity:
        return self.read(value)

    def read(self, value: Any) -> Quantity:
        """Raises: ValidationError without the value in it."""
        try:
            quantity = read_quantity(value)
            self.interval(quantity)
        except ValueError as error:
            raise field_error(str(error), f"for example {self.example()}") from None
        return quantity

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.to_json()

    def example(self) -> str:
        if self.dimension.counting or self.dimension.canonical == "1":
            return "2"
        return f'"20 {self.dimension.canonical}"'

    def interval(self, value: Quantity) -> Interval:
        """Units: canonical."""
        return self.dimension.interval(value)

    def column(self, values: Sequence[Quantity | Interval | None]) -> NumberColumn:
        unknown = self.unknown
        return number_column(
            [
                unknown if value is None else value if isinstance(value, Interval) else self.interval(value)
                for value in values
            ]
        )

    def plain(self, value: Quantity | Interval | None) -> Interval:
        """Encode a value; a derived value is already an interval in canonical units."""
        if value is None:
            return self.unknown
        return value if isinstance(value, Interval) else self.interval(value)

    @property
    def unknown(self) -> Interval:
        """The values that an unknown number can have."""
        return EVERYTHING if self.may_not_exist else self.dimension.possible

    def json_schema(self) -> dict[str, Any]:
        """Necessary, not sufficient: JSON Schema cannot express which numbers are possible in which unit."""
        bare = self.dimension.counting or self.dimension.canonical == "1"
        text = {"type": ["string", *(["number"] if bare else []), *self.null], "maxLength": 60}
        bounds = {key: {"type": ["string", "number"]} for key in BOUND_KEYS}
        parts = {"type": "object", "properties": bounds | {"unit": {"type": "string", "maxLength": 31}}}
        return {
            "anyOf": [text, parts | {"additionalProperties": False, "minProperties": 1}],
            "examples": [self.example().strip('"')],
        }


def number_column(intervals: Sequence[Interval]) -> NumberColumn:
    """Intervals as a column."""
    return NumberColumn(
        np.array([interval.lo for interval in intervals], np.float64),
        np.array([interval.hi for interval in intervals], np.float64),
    )


class WithinField(QuantityField):
    """A time within which something happened: `12 months` means at most 12 months ago."""

    def interval(self, value: Quantity) -> Interval:
        return Interval(self.dimension.possible.lo, super().interval(value).hi)


@dataclass(frozen=True)
class YearOfEvent:
    """An unknown day of a calendar year, relative to an unknown day of the year of the summary."""

    year: int
    as_of: int

    @property
    def days_ago(self) -> Interval:
        latest = (date(self.as_of, 12, 31) - date(self.year, 1, 1)).days
        soonest = (date(self.as_of, 1, 1) - date(self.year, 12, 31)).days
        return Interval(max(0, soonest), latest)


class AgoField(QuantityField):
    """Time between an event and the summary: `{"ago": "30 months"}`, or `{"year": 2023, "as_of": 2026}`."""

    kind = "ago"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__("time", label, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, Mapping) and value.keys() == {"ago"}:
            return self.read(value["ago"])
        if isinstance(value, Mapping) and value.keys() == {"year", "as_of"}:
            return _in_year(value["year"], value["as_of"])
        raise field_error(
            "not a time before the summary", 'for example {"ago": "30 months"} or {"year": 2023, "as_of": 2026}'
        )

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        if isinstance(value, YearOfEvent):
            return {"year": value.year, "as_of": value.as_of}
        return None if value is None else {"ago": value.to_json()}

    def interval(self, value: Quantity | YearOfEvent) -> Interval:
        return value.days_ago if isinstance(value, YearOfEvent) else super().interval(value)

    def json_schema(self) -> dict[str, Any]:
        year = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
        before = {"ago": {"anyOf": super().json_schema()["anyOf"]}}
        forms = [before, {"year": year, "as_of": year}]
        return {
            "anyOf": [
                *(
                    {"type": "object", "properties": form, "required": list(form), "additionalProperties": False}
                    for form in forms
                ),
                *({"type": name} for name in self.null),
            ],
            "examples": [{"ago": "30 months"}],
        }


def _in_year(year: Any, as_of: Any) -> YearOfEvent:
    if not is_year(year) or not is_year(as_of) or year > as_of:
        raise field_error("two years, of which the first is not the later", 'for example {"year": 2023, "as_of": 2026}')
    return YearOfEvent(year, as_of)
