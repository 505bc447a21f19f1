"""Quantities that are written plainly, as `12.3 ng/mL`, read many at once; the field itself reads every other."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.interval import Interval
from schemas.fields import FactField, Quantity
from schemas.units import Dimension

PLAIN = r"^(?P<number>[0-9]{1,9}(?:\.[0-9]{1,6})?) (?P<unit>[A-Za-z/%]{1,30})$"
"""Some of what `schemas.quantity` reads as one number and its unit."""


def plain_quantities(field: FactField, texts: Sequence[str]) -> dict[str, Interval]:
    """The plainly written ones in the canonical unit, as the field reads them; whatever it may refuse is left out.

    A field of a class of its own (an age of a record, a laboratory value) has its own rules, and is left out too.
    """
    if type(field) is not Quantity or field.validators:
        return {}
    parts = pc.extract_regex(pa.array(texts, pa.string()), PLAIN)
    units = pc.struct_field(parts, "unit").dictionary_encode()
    exact = np.array([*(_is_canonical(field.dimension, unit) for unit in units.dictionary.to_pylist()), False])
    rows = np.flatnonzero(exact[units.indices.fill_null(-1).to_numpy()])
    numbers = pc.struct_field(parts, "number").take(pa.array(rows)).cast(pa.float64()).to_numpy()
    points = np.rint(numbers / field.dimension.step) * field.dimension.step
    lo, hi = field.dimension.possible.lo, field.dimension.possible.hi
    fits = (np.minimum(numbers, points) >= lo) & (np.maximum(numbers, points) <= hi)
    chosen = zip(rows[fits].tolist(), points[fits].tolist(), strict=True)
    return {texts[row]: Interval(point, point) for row, point in chosen}


def _is_canonical(dimension: Dimension, unit: str) -> bool:
    """Whether the number stays as it is written, so that nothing can be rounded in another way."""
    try:
        return dimension.factor(unit) == 1
    except ValueError:
        return False
