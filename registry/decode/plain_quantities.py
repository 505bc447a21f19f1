"""Read plain quantities such as `12.3 ng/mL` in bulk; the field itself reads every other form."""

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

PLAIN_QUANTITY = (
    r"^(?P<whole>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,6}))? (?P<unit>[A-Za-z/%]{1,30}|10\^[0-9]{1,2}/[A-Za-z]{1,9})$"
)
"""Part of what `schemas.summary.quantity` reads as one number and its unit."""

MAX_EXACT_INTEGER = 2**53
"""Below this a whole number is an exact float, and the quotient of two is rounded once, as Python rounds that of
integers."""

NO_FACTOR = (0, 1)


def read_plain_quantities(field: FactField, values: Sequence[Any]) -> dict[int, Interval]:
    """Read the plain quantities exactly as the field does, by position; values that it may refuse are omitted.

    Fields of a subclass (a time within which) have rules of their own, and are omitted too.
    """
    if field.validators:
        return {}
    if type(field) is AgoField:
        return read_plain_measures(field.dimension, [value.get("ago") if _is_ago(value) else None for value in values])
    return read_plain_measures(field.dimension, values) if type(field) is QuantityField else {}


def read_plain_measures(dimension: Dimension, values: Sequence[Any]) -> dict[int, Interval]:
    """Read the plain quantities in the canonical unit, by position."""
    texts = [value if isinstance(value, str) else None for value in values]
    parts = pc.extract_regex(pa.array(texts, pa.string()), PLAIN_QUANTITY)
    whole, part, unit = (pc.struct_field(parts, name).fill_null("") for name in ("whole", "part", "unit"))
    decimals = pc.utf8_length(part).to_numpy()
    digits = pc.binary_join_element_wise(pc.if_else(pc.equal(whole, ""), "0", whole), part, "")
    numerators, denominators = _factors(dimension, unit)
    numbers, powers = digits.cast(pa.int64()).to_numpy(), 10 ** decimals.astype(np.int64)
    fits = (numbers < MAX_EXACT_INTEGER // np.maximum(numerators, 1)) & (powers < MAX_EXACT_INTEGER // denominators)
    read = np.flatnonzero((numerators > 0) & fits)
    exact = (numbers[read] * numerators[read]) / (powers[read] * denominators[read])
    grid = np.rint(exact / dimension.step) * dimension.step
    lo, hi = dimension.possible.lo, dimension.possible.hi
    possible = (np.minimum(exact, grid) >= lo) & (np.maximum(exact, grid) <= hi)
    points = zip(read[possible].tolist(), grid[possible].tolist(), strict=True)
    return {place: Interval(point, point) for place, point in points}


def _is_ago(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"ago"}


def _factors(dimension: Dimension, unit: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return numerator and denominator of the factor of each unit; the numerator is 0 for an unknown unit."""
    units = unit.dictionary_encode()
    factors = np.array([_factor(dimension, word) for word in units.dictionary.to_pylist()], np.int64)
    numerators, denominators = factors[units.indices.to_numpy()].T
    return numerators, denominators


def _factor(dimension: Dimension, unit: str) -> tuple[int, int]:
    try:
        factor = dimension.factor(unit) if unit else None
    except ValueError:
        return NO_FACTOR
    if factor is None or max(factor.numerator, factor.denominator) >= MAX_EXACT_INTEGER:
        return NO_FACTOR
    return factor.numerator, factor.denominator
