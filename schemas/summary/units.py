"""Dimensions and their units; converts any written unit to the canonical unit, exactly."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from math import inf

from matching.interval import CONTINUOUS_STEP, COUNTING_STEP, Interval, on_grid
from schemas.inputs.spelling import Spellings
from schemas.summary.quantity import Quantity
from schemas.summary.vocabulary import knowledge_table

CACHED_QUANTITIES = 4096
"""Quantities of a dimension whose interval is cached."""

RECIST_MEASURABLE_MM = 10
"""Smallest longest diameter of a measurable lesion. Source: RECIST 1.1, doi:10.1016/j.ejca.2008.10.026."""


@dataclass(frozen=True)
class Dimension:
    """Something that can be measured. Units: a written number times its factor is in the canonical unit."""

    name: str
    label: str
    canonical: str
    factors: Mapping[str, Fraction] = field(hash=False)
    synonyms: Mapping[str, str] = field(hash=False)
    possible: Interval = field(default_factory=Interval)
    counting: bool = False

    @cached_property
    def step(self) -> float:
        return COUNTING_STEP if self.counting else CONTINUOUS_STEP

    @cached_property
    def _units_by_word(self) -> dict[str, str]:
        words = {_squeeze(word): unit for word, unit in self.synonyms.items()}
        return words | {_squeeze(unit): unit for unit in self.factors}

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self._units_by_word)

    def factor(self, unit: str) -> Fraction:
        """Raises: ValueError, naming the nearest unit, for an unknown unit."""
        if not unit and (self.counting or self.canonical == "1"):
            return Fraction(1)
        exact = unit if unit in self.factors else self._units_by_word.get(_squeeze(unit))
        if exact is None:
            known = ", ".join(self.factors)
            near = self._spellings.nearest(unit) if unit else None
            meant = f"did you mean {self._units_by_word[near]}? " if near else ""
            raise ValueError(f"{'unknown' if unit else 'missing'} unit for {self.label}; {meant}known units: {known}")
        return self.factors[exact]

    @cached_property
    def interval(self) -> Callable[[Quantity], Interval]:
        """The quantity in canonical units, cut to the possible range. Cached: patients share a few hundred quantities.

        Raises: ValueError for an unknown unit or a bound outside the possible range.
        """
        return lru_cache(CACHED_QUANTITIES)(self._interval)

    def _interval(self, quantity: Quantity) -> Interval:
        factor = self.factor(quantity.unit)
        lower = _exact(quantity.lower, factor)
        upper = lower if quantity.upper is quantity.lower else _exact(quantity.upper, factor)
        if not self._is_possible(lower) or not self._is_possible(upper):
            raise ValueError(f"outside the possible range: {self.describe_possible()}")
        lo, hi, step = self.possible.lo, self.possible.hi, self.step
        if lower is not None:
            lo = max(lo, on_grid(lower, step) + (step if quantity.lower_open else 0.0))
        if upper is not None:
            hi = min(hi, on_grid(upper, step) - (step if quantity.upper_open else 0.0))
        if lo > hi:
            raise ValueError(f"outside the possible range: {self.describe_possible()}")
        return Interval(lo, hi)

    def _is_possible(self, value: float | None) -> bool:
        return value is None or self.possible.lo <= value <= self.possible.hi

    def describe_possible(self) -> str:
        unit = "" if self.counting or self.canonical == "1" else f" {self.canonical}"
        low, high = self.possible.lo, self.possible.hi
        return f"at least {low:,g}{unit}" if high == inf else f"{low:,g} to {high:,g}{unit}"


def _squeeze(unit: str) -> str:
    return "".join(unit.split()).replace("µ", "u").replace("μ", "u").casefold()


def _exact(number: Decimal | None, factor: Fraction) -> float | None:
    if number is None:
        return None
    # As exact as the product of two fractions and ten times faster: a division of integers rounds once.
    over, under = number.as_integer_ratio()
    return (over * factor.numerator) / (under * factor.denominator)


@cache
def dimensions() -> dict[str, Dimension]:
    """Every dimension by name. Source: knowledge/vocabulary/unit.yaml."""
    return {name: _dimension(name, body) for name, body in knowledge_table("dimension").items()}


@cache
def days_in(unit: str) -> float:
    """The length of a unit of time, such as `months`. Units: days."""
    return float(dimensions()["time"].factor(unit))


def _dimension(name: str, body: Mapping[str, object]) -> Dimension:
    units, synonyms = body.get("units", {}), body.get("synonyms", {})
    assert isinstance(units, Mapping)
    assert isinstance(synonyms, Mapping)
    low = Fraction(str(body.get("min", 0)))
    high = body.get("max")
    return Dimension(
        name,
        str(body.get("label", name)),
        str(body["canonical"]),
        {unit: Fraction(str(factor)) for unit, factor in units.items()},
        {str(word): str(unit) for word, unit in synonyms.items()},
        Interval(float(low), inf if high is None else float(Fraction(str(high)))),
        bool(body.get("counting", False)),
    )
