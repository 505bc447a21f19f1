"""Quantities: reading, writing, and conversion to canonical units."""

from decimal import Decimal
from math import inf
from typing import Any

import pytest

from matching.interval import CONTINUOUS_STEP
from schemas.summary.quantity import Quantity, read_quantity
from schemas.summary.units import dimensions

STEP = CONTINUOUS_STEP


@pytest.mark.parametrize(
    ("dimension", "written", "low", "high"),
    [
        ("activity", "150 mCi", 5550, 5550),
        ("activity", "5.55 GBq", 5550, 5550),
        ("activity", ">600 mCi", 22200 + STEP, inf),
        ("length", "<10 mm", 0, 10 - STEP),
        ("length", "≤1 cm", 0, 10),
        ("length", "8-10 mm", 8, 10),
        ("length", "0.8 to 1 cm", 8, 10),
        ("length", "10+ mm", 10, inf),
        ("length", {"value": 8, "unit": "mm"}, 8, 8),
        ("length", {"min": "8", "below": 10, "unit": "mm"}, 8, 10 - STEP),
        ("length", {"above": 8, "unit": "mm"}, 8 + STEP, inf),
        ("length", {"max": 8, "unit": "mm"}, 0, 8),
        ("count", "several", 2, inf),
        ("count", "multiple", 2, inf),
        ("count", 3, 3, 3),
        ("count", "<3", 0, 2),
        ("ecog", 1.0, 1, 1),
        ("tsh", "0.1 mU/L", 0.1, 0.1),
    ],
)
def test_a_quantity_in_canonical_units(dimension: str, written: Any, low: float, high: float) -> None:
    found = dimensions()[dimension].interval(read_quantity(written))
    possible = dimensions()[dimension].possible
    assert abs(found.lo - low) < STEP
    assert found.hi == possible.hi if high == inf else abs(found.hi - high) < STEP


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("ten mm", "enter a number"),
        ("1" * 61, "enter a number"),
        (True, "enter a number"),
        (None, "enter a number"),
        ([1], "enter a number"),
        ("<8-10 mm", "a range or one of < <= > >= +, not both"),
        (">8+ mm", "a range or one of < <= > >= +, not both"),
        ("10-8 mm", "the lower bound exceeds the upper"),
        ({"above": 8, "max": 8}, "the lower bound exceeds the upper"),
        ({"value": 8, "min": 7}, "a value, or bounds, not both"),
        ({"min": 7, "above": 8}, "needs a value, or one lower and one upper bound at most"),
        ({"unit": "mm"}, "needs a value, or one lower and one upper bound at most"),
        ({"value": 8, "unit": 5}, "the unit is not a word"),
        ({"value": 8, "unit": "m" * 32}, "the unit is not a word"),
        ({"value": "many"}, "a bound is not a number"),
        ({"value": True}, "a bound is not a number"),
        ({"value": 8, "secret": 1}, "1 unknown key(s); known are value, min, max, above, below and unit"),
    ],
)
def test_an_invalid_quantity_is_rejected_without_repeating_it(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r".+") as rejected:
        read_quantity(written)
    assert str(rejected.value) == message


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (Quantity(Decimal(8), Decimal(8), "mm"), "8 mm"),
        (Quantity(Decimal("1.50"), Decimal("1.50"), ""), "1.5"),
        (Quantity(Decimal(8), None, "mm"), ">=8 mm"),
        (Quantity(Decimal(8), None, "mm", lower_open=True), ">8 mm"),
        (Quantity(None, Decimal(8), "mm"), "<=8 mm"),
        (Quantity(None, Decimal(8), "mm", upper_open=True), "<8 mm"),
        (Quantity(Decimal(8), Decimal(10), "mm"), "8-10 mm"),
        (
            Quantity(Decimal(8), Decimal(10), "mm", lower_open=True),
            {"above": "8", "max": "10", "unit": "mm"},
        ),
        (Quantity(Decimal(8), Decimal(10), "", upper_open=True), {"min": "8", "below": "10"}),
        (Quantity(Decimal(8), Decimal(8), "1"), {"value": "8", "unit": "1"}),
        (Quantity(Decimal(8), None, "+"), {"min": "8", "unit": "+"}),
        (Quantity(Decimal(8), Decimal(8), "5" * 31), {"value": "8", "unit": "5" * 31}),
    ],
)
def test_a_written_quantity_reads_back_as_the_same(quantity: Quantity, written: Any) -> None:
    assert quantity.to_json() == written
    assert read_quantity(written) == quantity


@pytest.mark.parametrize(
    ("dimension", "written", "message"),
    [
        ("length", "8", "missing unit for length; known units: mm, cm, m"),
        ("length", "8 mCi", "unknown unit for length"),
        ("length", "8 metres wide", "unknown unit for length"),
        ("age", "200 years", "outside the possible range: 0 to"),
        ("activity", "-1 mCi", "outside the possible range: 0 to 200,000 MBq"),
        ("count", {"above": 2, "below": 3}, "outside the possible range"),
        ("length", "<0 mm", "outside the possible range"),
    ],
)
def test_an_impossible_quantity_is_rejected(dimension: str, written: Any, message: str) -> None:
    with pytest.raises(ValueError, match=r".+") as rejected:
        dimensions()[dimension].interval(read_quantity(written))
    assert message in str(rejected.value)
