"""What criterion kinds are built from: thresholds with units, sets of codes, and where a list is settled."""

from collections.abc import Iterable, Mapping
from functools import cache
from math import inf
from typing import Any

from marshmallow import Schema, fields

from matching import nodes as c
from matching.interval import Bound, Interval
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, refuse
from schemas.summary.quantity import read_quantity
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.sections import FactSchema
from schemas.summary.units import Dimension, dimensions
from schemas.summary.vocabulary import vocabularies

BOUNDS = {"min": "at least", "above": "more than", "max": "at most", "below": "less than"}


class ThresholdField(fields.Field[tuple[float, float]]):
    """One bound of a range, or a list of twins that a source prints ("600 mCi or 22 GBq").

    Units: canonical. Between unequal twins the answer is UNKNOWN.
    """

    def __init__(self, dimension: str, meaning: str) -> None:
        self.dimension_name = dimension
        super().__init__(metadata={"description": f"{meaning}, in units of {dimension}"})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[float, float]:
        twins = value if isinstance(value, list) and value else [value]
        points = [self._point(twin) for twin in twins]
        return min(points), max(points)

    def _point(self, written: Any) -> float:
        dimension = dimensions()[self.dimension_name]
        try:
            quantity = read_quantity(written)
            interval = dimension.interval(quantity)
        except ValueError as error:
            raise refuse(str(error)) from None
        if not interval.is_point:
            raise refuse("a threshold is one value; say min, max, above or below beside it")
        return interval.lo


@cache
def bounds(dimension: str) -> type[Schema]:
    """The schema of a range in one dimension: `min`, `max` include the value, `above`, `below` leave it out."""
    made: Any = {key: ThresholdField(dimension, meaning) for key, meaning in BOUNDS.items()}
    return FactSchema.from_dict(made, name=f"RangeOf{dimension.title().replace('_', '')}")


def Range(dimension: str, meaning: str = "") -> fields.Nested:  # reads as a field type
    """A range under one key of a criterion."""
    return fields.Nested(bounds(dimension), metadata={"description": meaning})


class CodesField(fields.List[Any]):
    """Codes of a vocabulary; one may stand without brackets."""

    def __init__(self, vocabulary: str, meaning: str = "", **kwargs: Any) -> None:
        self.vocabulary_name = vocabulary
        super().__init__(CodeField(vocabulary, vocabulary), metadata={"description": meaning}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize(value if isinstance(value, list) else [value], attr, data, **kwargs)


class DefinedNameField(fields.String):
    """A name out of one of `authoring.json_schema.NAMES`, which editors complete; the kind checks that it exists."""

    def __init__(self, table: str, **kwargs: Any) -> None:
        self.table = table
        super().__init__(**kwargs)


class PlainWordsField(fields.List[Any]):
    """Plain words; one may stand without brackets."""

    def __init__(self, meaning: str, one: fields.Field[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(one or fields.String(), metadata={"description": meaning}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize(value if isinstance(value, list) else [value], attr, data, **kwargs)


def within(number: c.NumberNode, given: Mapping[str, tuple[float, float]], dimension: Dimension) -> c.Within:
    """The number lies in the written range.

    Raises: ValidationError when no value lies in it.
    """
    lows = [_lower(given, key, dimension.step) for key in ("min", "above") if key in given]
    highs = [_upper(given, key, dimension.step) for key in ("max", "below") if key in given]
    if not lows and not highs:
        raise refuse("needs min, max, above or below")
    sure_low, maybe_low = max((hi for _, hi in lows), default=-inf), max((lo for lo, _ in lows), default=-inf)
    sure_high, maybe_high = min((lo for lo, _ in highs), default=inf), min((hi for _, hi in highs), default=inf)
    if sure_low > sure_high:
        raise refuse("no value lies in this range")
    return c.Within(number, Interval(sure_low, sure_high), Interval(maybe_low, maybe_high))


def _lower(given: Mapping[str, tuple[float, float]], key: str, step: float) -> tuple[float, float]:
    low, high = (Bound(value, key == "above").as_lower(step) for value in given[key])
    return low, high


def _upper(given: Mapping[str, tuple[float, float]], key: str, step: float) -> tuple[float, float]:
    low, high = (Bound(value, key == "below").as_upper(step) for value in given[key])
    return low, high


def fact_within(path: str, given: Mapping[str, tuple[float, float]]) -> c.Within:
    """A declared fact lies in the written range."""
    field = declared().field(path)
    assert isinstance(field, QuantityField), path
    return within(c.Fact(path), given, field.dimension)


def among(path: str, codes: Iterable[str]) -> c.Among:
    """A declared coded fact is one of these terms, or of those below them."""
    field = declared().field(path)
    assert isinstance(field, CodeField), path
    return among_terms(path, field.vocabulary_name, codes)


def among_terms(path: str, vocabulary: str, codes: Iterable[str]) -> c.Among:
    """The same for a fact without a vocabulary of its own."""
    terms = vocabularies()[vocabulary]
    wanted = tuple(codes)
    return c.Among(path, terms.surely(wanted), terms.possibly(wanted))


def all_of(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    """One part stands for itself."""
    kept = tuple(parts)
    return kept[0] if len(kept) == 1 else c.All(kept)


def any_of(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    """One part stands for itself."""
    kept = tuple(parts)
    return kept[0] if len(kept) == 1 else c.Any(kept)


def stated(path: str, value: bool) -> c.TruthNode:
    """A yes-or-no fact is as asked."""
    return c.Holds(path) if value else c.Not(c.Holds(path))
