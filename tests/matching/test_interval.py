"""Intervals: open and closed bounds on a grid, and the intersection of two sources."""

from math import inf

import pytest

from matching.interval import CONTINUOUS_STEP as STEP
from matching.interval import COUNTING_STEP, EVERYTHING, Bound, Interval, on_grid


@pytest.mark.parametrize(
    ("bound", "step", "lower", "upper"),
    [
        (Bound(10), STEP, 10, 10),  # 10 mm itself is in it
        (Bound(10, open=True), STEP, 10 + STEP, 10 - STEP),  # >10 mm and <10 mm do not include 10
        (Bound(2, open=True), COUNTING_STEP, 3, 1),  # more than 2 courses are 3, ECOG below 2 is at most 1
    ],
)
def test_an_open_bound_is_the_closed_bound_a_step_further_in(
    bound: Bound, step: float, lower: float, upper: float
) -> None:
    assert (bound.as_lower(step), bound.as_upper(step)) == (lower, upper)


def test_a_range_without_a_value_is_rejected() -> None:
    with pytest.raises(ValueError, match="lo <= hi"):
        Interval(10, 9)


def test_a_bound_that_is_not_a_number_is_rejected() -> None:
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
    ("interval", "other", "meet", "hull"),
    [
        (Interval(0, 5), Interval(3, 9), Interval(3, 5), Interval(0, 9)),
        (Interval(0, 3), Interval(3, 9), Interval(3, 3), Interval(0, 9)),
        (Interval(0, 2), Interval(3, 9), None, Interval(0, 9)),
        (EVERYTHING, Interval(1, 1), Interval(1, 1), EVERYTHING),
    ],
)
def test_two_sources(interval: Interval, other: Interval, meet: Interval | None, hull: Interval) -> None:
    assert interval.meet(other) == other.meet(interval) == meet
    assert interval.hull(other) == other.hull(interval) == hull


def test_a_point() -> None:
    assert Interval(8, 8).is_point
    assert not Interval(8, 9).is_point
