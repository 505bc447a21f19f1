"""Validate columns of distinct values, each value once, and turn them into cohort columns."""

from collections.abc import Sequence
from functools import cache
from itertools import repeat
from math import isfinite
from operator import is_
from typing import Any, TypeAlias

import numpy as np
from marshmallow import ValidationError
from numpy.typing import NDArray

from matching.cohort import CodeColumn, Column, DictionaryIndices, NumberColumn, YesNoColumn
from registry.decode.columns import DistinctColumn
from registry.decode.plain_quantities import read_plain_quantities
from registry.decode.value_cache import ValueCache
from schemas.inputs.strict_json import MAX_DIGITS
from schemas.summary.fields import FactField
from schemas.summary.lab_units import LabValueField
from schemas.summary.quantity_fields import QuantityField

Rows: TypeAlias = NDArray[np.bool_]


class RefusedValue:
    """A value that the field refuses."""


REFUSED = RefusedValue()
LoadedValue: TypeAlias = Any
"""A value that a field has loaded, of a quantity its interval; None if not reported, or REFUSED."""


@cache
def value_cache_of(field: FactField) -> ValueCache:
    """Return the cache of loaded values of a field: one per process."""
    return ValueCache(lambda value: _load(field, value), lambda values: read_plain_quantities(field, values))


def _load(field: FactField, value: Any) -> LoadedValue:
    if not is_valid_json(value):
        return REFUSED
    try:
        loaded = field.deserialize(value)
    except ValidationError:
        return REFUSED
    if isinstance(field, QuantityField) and not isinstance(field, LabValueField) and loaded is not None:
        return field.interval(loaded)
    return loaded


def is_valid_json(value: Any) -> bool:
    """Whether the JSON reader accepts the value: no infinite or overlong numbers, no control characters."""
    if isinstance(value, str):
        return value.isprintable()
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, dict):
        return all(is_valid_json(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(is_valid_json(part) for part in value)
    return not isinstance(value, int) or abs(value) < 10**MAX_DIGITS


def validate_column(field: FactField, decoded: DistinctColumn) -> tuple[Column, Rows | None]:
    """Return the cohort column, and the rows whose value is refused (None: no row)."""
    values = value_cache_of(field).get_all(decoded.values)
    if not any(map(is_, values, repeat(REFUSED))):
        return build_column(field, values, decoded.codes), None
    refused = np.array([*(value is REFUSED for value in values), False])
    accepted = [None if value is REFUSED else value for value in values]
    return build_column(field, accepted, decoded.codes), refused[decoded.codes]


def build_column(field: FactField, distinct: Sequence[LoadedValue], codes: NDArray[Any]) -> Column:
    """Return the distinct values at their positions; code -1 (not reported) is the field's default."""
    values = [field.default if value is None else value for value in (*distinct, None)]
    return take_rows(field.column(values), codes)


def take_rows(column: Column, rows: NDArray[Any]) -> Column:
    """Return the column at these positions; -1 is the last."""
    match column:
        case NumberColumn(lo, hi):
            # `wrap` makes -1 the last position; indexing takes twice as long (measured).
            bounds = lo.take(rows, mode="wrap"), hi.take(rows, mode="wrap")
            return NumberColumn(*bounds, (column, DictionaryIndices(rows.astype(np.int32, copy=False))))
        case CodeColumn(values, names):
            return CodeColumn(values[rows], names)
        case YesNoColumn(values):
            return YesNoColumn(values[rows])


def unknown_column(field: FactField, size: int) -> Column:
    """Return a column that no row reports: a single value for all rows, or none if there are no rows."""
    return build_column(field, (), np.full(min(size, 1), -1, np.int32))
