"""The YAML fields that criterion kinds share: thresholds and ranges with units, codes, yes/no, names."""

from functools import cache
from typing import Any

from marshmallow import Schema, fields

from schemas.summary.fields import CodeField, field_error
from schemas.summary.quantity import read_quantity
from schemas.summary.sections import FactSchema
from schemas.summary.units import dimensions

BOUNDS = {"min": "at least", "above": "more than", "max": "at most", "below": "less than"}


class ThresholdField(fields.Field[tuple[float, float]]):
    """One bound of a range, or a list of alternatives that a source prints ("600 mCi or 22 GBq").

    Shape: the lowest and the highest alternative.
    Units: canonical.
    Unknown: the answer for a number between two alternatives.
    """

    def __init__(self, dimension: str, meaning: str) -> None:
        self.dimension_name = dimension
        super().__init__(metadata={"description": f"{meaning}, in units of {dimension}"})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[float, float]:
        alternatives = value if isinstance(value, list) and value else [value]
        points = [self._point(alternative) for alternative in alternatives]
        return min(points), max(points)

    def _point(self, written: Any) -> float:
        dimension = dimensions()[self.dimension_name]
        try:
            quantity = read_quantity(written)
            interval = dimension.interval(quantity)
        except ValueError as error:
            raise field_error(str(error)) from None
        if not interval.is_point:
            raise field_error("a threshold is a single value", "for a range use min, max, above or below")
        return interval.lo


@cache
def range_schema(dimension: str) -> type[Schema]:
    """The schema of a range in one dimension: `min` and `max` include the value, `above` and `below` exclude it."""
    thresholds: Any = {key: ThresholdField(dimension, meaning) for key, meaning in BOUNDS.items()}
    return FactSchema.from_dict(thresholds, name=f"RangeOf{dimension.title().replace('_', '')}")


class RangeField(fields.Nested):
    """A range under one key of a criterion."""

    def __init__(self, dimension: str, meaning: str = "") -> None:
        super().__init__(range_schema(dimension), metadata={"description": meaning})


class FlagField(fields.Boolean):
    """`true` or `false`, and no other spelling."""

    def __init__(self, meaning: str = "", **kwargs: Any) -> None:
        super().__init__(truthy={True}, falsy={False}, metadata={"description": meaning}, **kwargs)


class CodesField(fields.List[Any]):
    """Codes of a vocabulary; a single code needs no brackets."""

    def __init__(self, vocabulary: str, meaning: str = "", **kwargs: Any) -> None:
        self.vocabulary_name = vocabulary
        super().__init__(CodeField(vocabulary, vocabulary), metadata={"description": meaning}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize(value if isinstance(value, list) else [value], attr, data, **kwargs)


class DefinedNameField(fields.String):
    """A name that editors complete from `authoring.json_schema.DEFINED_NAMES`; the kind checks that it exists."""

    def __init__(self, table: str, **kwargs: Any) -> None:
        self.table = table
        super().__init__(**kwargs)


class TextListField(fields.List[Any]):
    """A list of texts; a single text needs no brackets."""

    def __init__(self, meaning: str, item: fields.Field[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(item or fields.String(), metadata={"description": meaning}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize(value if isinstance(value, list) else [value], attr, data, **kwargs)
