"""Intervals: open and closed bounds on a grid, and what two sources allow together."""

from math import inf

import pytest

from matching.interval import CONTINUOUS_STEP as STEP
from matching.interval import COUNTING_STEP, EVERYTHING, Bound, Interval, between, on_grid


@pytest.mark.parametrize(
    ("lower", "upper", "step", "expected"),
    [
        (Bound(8), Bound(10), STEP, Interval(8, 10)),  # 8-10 mm
        (None, Bound(10, open=True), STEP, Interval(-inf, 10 - STEP)),  # <10 mm does not include 10
        (None, Bound(10), STEP, Interval(-inf, 10)),  # <=10 mm does
        (Bound(10, open=True), None, STEP, Interval(10 + STEP, inf)),  # >10 mm
        (Bound(2, open=True), None, COUNTING_STEP, Interval(3, inf)),  # more than 2 courses are 3
        (None, Bound(2, open=True), COUNTING_STEP, Interval(-inf, 1)),  # ECOG below 2 is at most 1
        (None, None, STEP, EVERYTHING),
    ],
)
def test_written_bounds_become_closed_intervals(
    lower: Bound | None, upper: Bound | None, step: float, expected: Interval
) -> None:
    assert between(lower, upper, step) == expected


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        (Bound(10), Bound(9)),
        (Bound(10, open=True), Bound(10)),
        (Bound(2, open=True), Bound(3, open=True)),
    ],
)
def test_a_range_without_a_value_is_refused(lower: Bound, upper: Bound) -> None:
    with pytest.raises(ValueError, match="lo <= hi"):
        between(lower, upper, COUNTING_STEP)


def test_a_bound_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="lo <= hi"):
        Interval(float("nan"), 1)


@pytest.mark.parametrize(
    ("value", "step", "expected"), [(0.1, STEP, round(0.1 / STEP) * STEP), (inf, STEP, inf), (-inf, 1.0, -inf)]
)
def test_values_are_rounded_to_the_grid(value: float, step: float, expected: float) -> None:
    assert on_grid(value, step) == expected


def test_sums_on_the_grid_are_exact_in_any_order() -> None:
    tenths = [on_grid(0.1, STEP)] * 1_000
    assert sum(tenths) == 1_000 * tenths[0]


@pytest.mark.parametrize(
    ("one", "other", "meet", "hull"),
    [
        (Interval(0, 5), Interval(3, 9), Interval(3, 5), Interval(0, 9)),
        (Interval(0, 3), Interval(3, 9), Interval(3, 3), Interval(0, 9)),
        (Interval(0, 2), Interval(3, 9), None, Interval(0, 9)),
        (EVERYTHING, Interval(1, 1), Interval(1, 1), EVERYTHING),
    ],
)
def test_two_sources(one: Interval, other: Interval, meet: Interval | None, hull: Interval) -> None:
    assert one.meet(other) == other.meet(one) == meet
    assert one.hull(other) == other.hull(one) == hull


def test_a_point() -> None:
    assert Interval(8, 8).is_point
    assert not Interval(8, 9).is_point
