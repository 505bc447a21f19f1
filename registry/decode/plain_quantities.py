"""Quantities that are written plainly, as `12.3 ng/mL`, read many at once; the field itself reads every other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matching.interval import Interval
from schemas.summary.fields import FactField
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.units import Dimension

PLAIN = r"^(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,6}))? (?P<unit>[A-Za-z/%]{1,30}|10\^[0-9]{1,2}/[A-Za-z]{1,9})$"
"""Some of what `schemas.summary.quantity` reads as one number and its unit."""

EXACT = 2**53
"""Below this a whole number is a float, and the quotient of two is rounded once, as Python rounds that of integers."""

NO_FACTOR = (0, 1)


def plain_quantities(field: FactField, values: Sequence[Any]) -> dict[int, Interval]:
    """The plainly written ones as the field reads them, by place; whatever it may refuse is left out.

    A field of a class of its own (a time within which) has its own rules, and is left out too.
    """
    if field.validators:
        return {}
    if type(field) is AgoField:
        return plain_measures(field.dimension, [value.get("ago") if _is_ago(value) else None for value in values])
    return plain_measures(field.dimension, values) if type(field) is QuantityField else {}


def plain_measures(dimension: Dimension, values: Sequence[Any]) -> dict[int, Interval]:
    """The plainly written ones in the canonical unit, by place."""
    texts = [value if isinstance(value, str) else None for value in values]
    parts = pc.extract_regex(pa.array(texts, pa.string()), PLAIN)
    whole, part, unit = (pc.struct_field(parts, name).fill_null("") for name in ("whole", "part", "unit"))
    places = pc.utf8_length(part).to_numpy()
    digits = pc.binary_join_element_wise(pc.if_else(pc.equal(whole, ""), "0", whole), part, "")
    over, under = _factors(dimension, unit)
    numbers, powers = digits.cast(pa.int64()).to_numpy(), 10 ** places.astype(np.int64)
    read = np.flatnonzero((over > 0) & (numbers < EXACT // np.maximum(over, 1)) & (powers < EXACT // under))
    exact = (numbers[read] * over[read]) / (powers[read] * under[read])
    grid = np.rint(exact / dimension.step) * dimension.step
    lo, hi = dimension.possible.lo, dimension.possible.hi
    fits = (np.minimum(exact, grid) >= lo) & (np.maximum(exact, grid) <= hi)
    chosen = zip(read[fits].tolist(), grid[fits].tolist(), strict=True)
    return {place: Interval(point, point) for place, point in chosen}


def _is_ago(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"ago"}


def _factors(dimension: Dimension, unit: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numerator and denominator of the factor of each unit; a numerator of 0 where there is none."""
    units = unit.dictionary_encode()
    known = np.array([_factor(dimension, word) for word in units.dictionary.to_pylist()], np.int64)
    over, under = known[units.indices.to_numpy()].T
    return over, under


def _factor(dimension: Dimension, unit: str) -> tuple[int, int]:
    try:
        factor = dimension.factor(unit) if unit else None
    except ValueError:
        return NO_FACTOR
    if factor is None or max(factor.numerator, factor.denominator) >= EXACT:
        return NO_FACTOR
    return factor.numerator, factor.denominator
