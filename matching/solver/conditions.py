"""The logical reading: under which conditions on the facts a criterion comes out TRUE, FALSE, or not so.

Each criterion and outcome becomes a formula of AND, OR and the literals below, with all negation pushed into the
literals. Kleene's third value is kept: `NOT_TRUE` is FALSE or UNKNOWN, so a formula and its denial overlap exactly
where the evaluator answers UNKNOWN.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TypeAlias

from matching import nodes as c
from matching.interval import Interval

MAX_CHOICES = 200
"""Ways of choosing k of n that are written out; beyond them the formula asks for nothing, which alarms nobody."""


class WantedOutcome(IntEnum):
    """What a criterion is asked to come out as."""

    TRUE = 2
    NOT_FALSE = 1
    NOT_TRUE = -1
    FALSE = -2

    @property
    def opposite(self) -> "WantedOutcome":
        """What a criterion must come out as for its negation to come out so."""
        return WantedOutcome(-self)

    @property
    def of_truth(self) -> bool:
        """Whether it turns on what makes the criterion TRUE, rather than on what makes it FALSE."""
        return self in (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE)

    @property
    def positive(self) -> bool:
        """Whether all parts of an `All` must come out so, as against one of them."""
        return self in (WantedOutcome.TRUE, WantedOutcome.NOT_FALSE)


@c.node
class AllConditions:
    """All of these hold; nothing is asked where there is none."""

    parts: "tuple[Formula, ...]"


@c.node
class AnyCondition:
    """One of these holds; impossible where there is none."""

    parts: "tuple[Formula, ...]"


@c.node
class YesNoCondition:
    """A yes-or-no fact, a list's completeness or a question for the site comes out so."""

    fact: str
    outcome: WantedOutcome


@c.node
class CodeCondition:
    """A coded fact comes out so: `codes` are the terms that decide."""

    fact: str
    outcome: WantedOutcome
    codes: frozenset[str]


@c.node
class NumberCondition:
    """A number comes out so against `interval`."""

    number: c.NumberNode
    outcome: WantedOutcome
    interval: Interval


@c.node
class SomeRecord:
    """A record of the table fulfils this."""

    table: str
    record: "Formula"


@c.node
class EveryRecord:
    """Each record of the table fulfils this."""

    table: str
    record: "Formula"


Literal: TypeAlias = YesNoCondition | CodeCondition | NumberCondition | SomeRecord | EveryRecord
Formula: TypeAlias = AllConditions | AnyCondition | Literal

NOTHING_ASKED = AllConditions(())


@lru_cache(maxsize=1 << 16)
def conditions(node: c.TruthNode, outcome: WantedOutcome) -> Formula:
    """The facts under which the criterion comes out so; questions for the site may be answered either way."""
    match node:
        case c.Not(part):
            return conditions(part, outcome.opposite)
        case c.Named(_, part):
            return conditions(part, outcome)
        case c.All(parts):
            return _joined(parts, outcome, every=outcome.positive)
        case c.Any(parts):
            return _joined(parts, outcome, every=not outcome.positive)
        case c.AtLeast(count, parts):
            needed = count if outcome.positive else len(parts) - count + 1
            return _choose(needed, [conditions(part, outcome) for part in parts])
        case c.Consensus(parts):
            return _joined(parts, outcome, every=outcome in (WantedOutcome.TRUE, WantedOutcome.FALSE))
        case c.Agreed(sources):
            return _agreed(sources, outcome)
        case c.Preferred(first, otherwise):
            return _preferred(first, otherwise, outcome)
        case c.Within(number, inside, possibly):
            return NumberCondition(number, outcome, inside if outcome.of_truth else possibly)
        case c.Among(fact, codes, possible):
            return CodeCondition(fact, outcome, codes if outcome.of_truth else codes | possible)
        case c.Holds(fact):
            return YesNoCondition(fact, outcome)
        case c.Confirm(question, _):
            return YesNoCondition(f"? {question}", outcome) if question else NOTHING_ASKED
        case _:
            return _exists(node.records, outcome)


def _joined(parts: Iterable[c.TruthNode], outcome: WantedOutcome, every: bool) -> Formula:
    formulas = tuple(conditions(part, outcome) for part in parts)
    return AllConditions(formulas) if every else AnyCondition(formulas)


def _choose(needed: int, formulas: list[Formula]) -> Formula:
    """At least `needed` of these hold."""
    if needed > len(formulas):
        return AnyCondition(())
    if needed <= 0 or comb(len(formulas), needed) > MAX_CHOICES:
        return NOTHING_ASKED
    return AnyCondition(tuple(AllConditions(chosen) for chosen in combinations(formulas, needed)))


def _agreed(sources: tuple[c.TruthNode, ...], outcome: WantedOutcome) -> Formula:
    """A source says so and none denies it."""

    def some(asked: WantedOutcome) -> Formula:
        return _joined(sources, asked, every=False)

    def every(asked: WantedOutcome) -> Formula:
        return _joined(sources, asked, every=True)

    match outcome:
        case WantedOutcome.TRUE:
            return AllConditions((some(WantedOutcome.TRUE), every(WantedOutcome.NOT_FALSE)))
        case WantedOutcome.FALSE:
            return AllConditions((some(WantedOutcome.FALSE), every(WantedOutcome.NOT_TRUE)))
        case WantedOutcome.NOT_TRUE:
            return AnyCondition((every(WantedOutcome.NOT_TRUE), some(WantedOutcome.FALSE)))
        case _:
            return AnyCondition((every(WantedOutcome.NOT_FALSE), some(WantedOutcome.TRUE)))


def _preferred(first: c.TruthNode, otherwise: c.TruthNode, outcome: WantedOutcome) -> Formula:
    """The first says so, or leaves it open and the other says so."""
    said, other = conditions(first, outcome), conditions(otherwise, outcome)
    not_true, not_false = conditions(first, WantedOutcome.NOT_TRUE), conditions(first, WantedOutcome.NOT_FALSE)
    match outcome:
        case WantedOutcome.TRUE | WantedOutcome.FALSE:
            return AnyCondition((said, AllConditions((not_true, not_false, other))))
        case WantedOutcome.NOT_TRUE:
            return AllConditions((said, AnyCondition((conditions(first, WantedOutcome.FALSE), other))))
        case _:
            return AllConditions((said, AnyCondition((conditions(first, WantedOutcome.TRUE), other))))


def _exists(records: c.Records, outcome: WantedOutcome) -> Formula:
    where = conditions(records.where, outcome)
    complete = YesNoCondition(f"complete {records.table}", outcome.opposite)
    settled = conditions(records.settled_by, outcome.opposite)
    match outcome:
        case WantedOutcome.TRUE:
            return SomeRecord(records.table, where)
        case WantedOutcome.NOT_TRUE:
            return EveryRecord(records.table, where)
        case WantedOutcome.FALSE:
            return AllConditions((EveryRecord(records.table, where), AnyCondition((complete, settled))))
        case _:
            return AnyCondition((SomeRecord(records.table, where), AllConditions((complete, settled))))
