"""Intervals: a number that is known to lie between two bounds, both included, on a grid of fixed step."""

from dataclasses import dataclass
from math import inf, isinf

CONTINUOUS_STEP = 2.0**-20
"""Grid of measured quantities. A power of two keeps sums exact (any order, no rounding at a threshold) below
2**33, and makes an open bound the closed bound one step further in: `<10` is `[.., 10 - step]`."""

COUNTING_STEP = 1.0
"""Grid of counts and scores: `ECOG < 2` is `ECOG <= 1`."""


@dataclass(frozen=True)
class Interval:
    """Every value from `lo` to `hi`, both included; infinite bounds mean unbounded.

    Raises: ValueError when `lo` exceeds `hi` or a bound is not a number.
    """

    lo: float = -inf
    hi: float = inf

    def __post_init__(self) -> None:
        if not self.lo <= self.hi:
            raise ValueError("an interval needs lo <= hi")

    @property
    def is_point(self) -> bool:
        return self.lo == self.hi

    def meet(self, other: "Interval") -> "Interval | None":
        """The intersection, or None when it is empty."""
        lo, hi = max(self.lo, other.lo), min(self.hi, other.hi)
        return Interval(lo, hi) if lo <= hi else None

    def hull(self, other: "Interval") -> "Interval":
        """The smallest interval that contains both."""
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi))


EVERYTHING = Interval()


def on_grid(value: float, step: float) -> float:
    """The grid point nearest to `value`; infinities are kept."""
    return value if isinf(value) else round(value / step) * step


@dataclass(frozen=True)
class Bound:
    """One end of a range as written; `open` excludes the value itself (`<10 mm`)."""

    value: float
    open: bool = False

    def as_lower(self, step: float) -> float:
        return on_grid(self.value, step) + (step if self.open else 0.0)

    def as_upper(self, step: float) -> float:
        return on_grid(self.value, step) - (step if self.open else 0.0)
