"""Columns of distinct values, each checked once by the field that declares the fact, as cohort columns."""

from collections.abc import Sequence
from functools import cache
from itertools import repeat
from math import isfinite
from operator import is_
from typing import Any, TypeAlias

import numpy as np
from marshmallow import ValidationError
from numpy.typing import NDArray

from matching.cohort import CodeColumn, Column, NumberColumn, ValuePlaces, YesNoColumn
from registry.decode.columns import DistinctColumn
from registry.decode.plain_quantities import plain_quantities
from registry.decode.value_cache import ValueCache
from schemas.summary.fields import FactField
from schemas.summary.lab_units import LabValueField
from schemas.summary.quantity_fields import QuantityField

MAX_WHOLE = 10**18
"""Longer whole numbers are refused where JSON is read, so the row reader must see them."""


class _Refused:
    """A value that the field refuses."""


BAD = _Refused()
Known: TypeAlias = Any
"""A loaded value, of a quantity its interval; None where nothing is stated, BAD where it is refused."""


@cache
def memory_of(field: FactField) -> ValueCache:
    """One for each field of the process."""
    return ValueCache(lambda value: _loaded(field, value), lambda values: plain_quantities(field, values))


def _loaded(field: FactField, value: Any) -> Known:
    if not storable(value):
        return BAD
    try:
        loaded = field.deserialize(value)
    except ValidationError:
        return BAD
    if isinstance(field, QuantityField) and not isinstance(field, LabValueField) and loaded is not None:
        return field.interval(loaded)
    return loaded


def storable(value: Any) -> bool:
    """Whether JSON could have said it: no endless numbers, no control characters."""
    if isinstance(value, str):
        return value.isprintable()
    if isinstance(value, float):
        return isfinite(value)
    if isinstance(value, dict):
        return all(storable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(storable(part) for part in value)
    return not isinstance(value, int) or abs(value) < MAX_WHOLE


def checked(field: FactField, raw: DistinctColumn) -> tuple[Column, NDArray[np.bool_] | None]:
    """The column, and the rows whose value is refused (None: none is)."""
    known = memory_of(field).all(raw.values)
    if not any(map(is_, known, repeat(BAD))):
        return column_of(field, known, raw.codes), None
    bad = np.array([*(value is BAD for value in known), False])
    good = [None if value is BAD else value for value in known]
    return column_of(field, good, raw.codes), bad[raw.codes]


def column_of(field: FactField, distinct: Sequence[Known], codes: NDArray[Any]) -> Column:
    """Distinct values at their places; the last place of the table serves the -1 of "not stated"."""
    said = [field.default if value is None else value for value in (*distinct, None)]
    return taken(field.column(said), codes)


def taken(column: Column, rows: NDArray[Any]) -> Column:
    """The column at these places."""
    match column:
        case NumberColumn(lo, hi):
            # -1 is the last place; to look for it as an index would takes twice as long (measured).
            bounds = lo.take(rows, mode="wrap"), hi.take(rows, mode="wrap")
            return NumberColumn(*bounds, (column, ValuePlaces(rows.astype(np.int32, copy=False))))
        case CodeColumn(values, names):
            return CodeColumn(values[rows], names)
        case YesNoColumn(values):
            return YesNoColumn(values[rows])


def blank(field: FactField, size: int) -> Column:
    """A column that nobody stated: one value for all where there is any row."""
    return column_of(field, (), np.full(min(size, 1), -1, np.int32))
