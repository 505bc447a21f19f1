"""Builds the nodes that criterion kinds share, and looks up the unit or vocabulary that the facts declare."""

from collections.abc import Iterable, Mapping
from math import inf

from matching import nodes as c
from matching.interval import Bound, Interval
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, field_error
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.units import Dimension
from schemas.summary.vocabulary import vocabularies


def within(number: c.NumberNode, given: Mapping[str, tuple[float, float]], dimension: Dimension) -> c.Within:
    """The number is within the written range.

    Raises: ValidationError when the range has no bound or is empty.
    """
    lows = [_lower(given, key, dimension.step) for key in ("min", "above") if key in given]
    highs = [_upper(given, key, dimension.step) for key in ("max", "below") if key in given]
    if not lows and not highs:
        raise field_error("needs min, max, above or below")
    sure_low, maybe_low = max((hi for _, hi in lows), default=-inf), max((lo for lo, _ in lows), default=-inf)
    sure_high, maybe_high = min((lo for lo, _ in highs), default=inf), min((hi for _, hi in highs), default=inf)
    if sure_low > sure_high:
        raise field_error("this range is empty", "the lower bound is above the upper bound")
    return c.Within(number, Interval(sure_low, sure_high), Interval(maybe_low, maybe_high))


def _lower(given: Mapping[str, tuple[float, float]], key: str, step: float) -> tuple[float, float]:
    low, high = (Bound(value, key == "above").as_lower(step) for value in given[key])
    return low, high


def _upper(given: Mapping[str, tuple[float, float]], key: str, step: float) -> tuple[float, float]:
    low, high = (Bound(value, key == "below").as_upper(step) for value in given[key])
    return low, high


def fact_within(path: str, given: Mapping[str, tuple[float, float]]) -> c.Within:
    """A declared numeric fact is within the written range."""
    field = declared().field(path)
    assert isinstance(field, QuantityField), path
    return within(c.Fact(path), given, field.dimension)


def among(path: str, codes: Iterable[str]) -> c.Among:
    """A declared coded fact is one of these terms or of their descendants."""
    field = declared().field(path)
    assert isinstance(field, CodeField), path
    return among_terms(path, field.vocabulary_name, codes)


def among_terms(path: str, vocabulary: str, codes: Iterable[str]) -> c.Among:
    """The same for a fact that does not declare its vocabulary."""
    terms = vocabularies()[vocabulary]
    wanted = tuple(codes)
    return c.Among(path, terms.surely(wanted), terms.possibly(wanted))


def all_of(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    """All of the parts; a single part needs no group."""
    nodes = tuple(parts)
    return nodes[0] if len(nodes) == 1 else c.All(nodes)


def any_of(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    """Any of the parts; a single part needs no group."""
    nodes = tuple(parts)
    return nodes[0] if len(nodes) == 1 else c.Any(nodes)


def fact_is(path: str, value: bool) -> c.TruthNode:
    """A declared yes/no fact has this value."""
    return c.IsYes(path) if value else c.Not(c.IsYes(path))


def all_conditions_reported(conditions: list[str]) -> c.TruthNode:
    """Each of the conditions is reported, present or absent, so the list is complete for them."""
    return all_of(_condition_reported(condition) for condition in conditions)


def _condition_reported(condition: str) -> c.TruthNode:
    """The condition itself is reported, or a group that contains it is reported as absent.

    A closed group is also reported if all its members are; an open group may have members without a code.
    """
    terms, fact = vocabularies()["condition"], "conditions.condition"
    groups = frozenset(code for code in terms.terms if terms.terms[code].group and condition in terms.below([code]))
    absent = c.All((c.Among(fact, groups), c.Not(c.IsYes("conditions.present"))))
    itself = c.Among(fact, frozenset({condition}) - groups)
    parts: list[c.TruthNode] = [c.Exists(c.Records("conditions", c.Any((itself, absent))))]
    if terms.terms[condition].closed:
        parts.append(all_conditions_reported(sorted(terms.below([condition]) - {condition})))
    return any_of(parts)
