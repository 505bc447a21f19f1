"""Translates a criterion and a wanted outcome into a formula: the conditions on the facts that produce the outcome.

A formula consists of AND, OR and the literals below; all negation is pushed into the literals. Kleene's third value is
kept: `NOT_TRUE` is FALSE or UNKNOWN, so a formula and its negation overlap exactly where the engines answer UNKNOWN.
"""

from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TypeAlias

from matching import nodes as c
from matching.interval import Interval

MAX_COMBINATIONS = 200
"""Most combinations of k of n that are expanded. Beyond it the formula requires nothing: no false alarm."""


class WantedOutcome(IntEnum):
    """The outcome that a criterion must have."""

    TRUE = 2
    NOT_FALSE = 1
    NOT_TRUE = -1
    FALSE = -2

    @property
    def opposite(self) -> "WantedOutcome":
        """The outcome that a criterion needs for its negation to have this outcome."""
        return WantedOutcome(-self)

    @property
    def of_truth(self) -> bool:
        """Whether the outcome depends on what makes the criterion TRUE, not on what makes it FALSE."""
        return self in (WantedOutcome.TRUE, WantedOutcome.NOT_TRUE)

    @property
    def positive(self) -> bool:
        """Whether all parts of an `All` need the outcome; otherwise one part suffices."""
        return self in (WantedOutcome.TRUE, WantedOutcome.NOT_FALSE)


@c.node
class AllConditions:
    """Every part is met; nothing is required where there are no parts."""

    parts: "tuple[Formula, ...]"


@c.node
class AnyCondition:
    """At least one part is met; impossible where there are no parts."""

    parts: "tuple[Formula, ...]"


@c.node
class YesNoCondition:
    """A yes-or-no fact, the completeness of a list or a question for the site has the outcome."""

    fact: str
    outcome: WantedOutcome


@c.node
class CodeCondition:
    """A coded fact has the outcome; `codes` are the terms that decide it."""

    fact: str
    outcome: WantedOutcome
    codes: frozenset[str]


@c.node
class NumberCondition:
    """A number, compared with `interval`, has the outcome."""

    number: c.NumberNode
    outcome: WantedOutcome
    interval: Interval


@c.node
class SomeRecord:
    """At least one record of the table meets the formula."""

    table: str
    record: "Formula"


@c.node
class EveryRecord:
    """Every record of the table meets the formula."""

    table: str
    record: "Formula"


Literal: TypeAlias = YesNoCondition | CodeCondition | NumberCondition | SomeRecord | EveryRecord
Formula: TypeAlias = AllConditions | AnyCondition | Literal

NOTHING_REQUIRED = AllConditions(())


@lru_cache(maxsize=1 << 16)
def conditions(node: c.TruthNode, outcome: WantedOutcome) -> Formula:
    """The conditions under which the criterion has the outcome; questions for the site may have any answer."""
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
        case c.IsYes(fact):
            return YesNoCondition(fact, outcome)
        case c.Confirm(question, _):
            return YesNoCondition(f"? {question}", outcome) if question else NOTHING_REQUIRED
        case _:
            return _exists(node.records, outcome)


def _joined(parts: Iterable[c.TruthNode], outcome: WantedOutcome, every: bool) -> Formula:
    formulas = tuple(conditions(part, outcome) for part in parts)
    return AllConditions(formulas) if every else AnyCondition(formulas)


def _choose(needed: int, formulas: list[Formula]) -> Formula:
    """At least `needed` of the formulas are met."""
    if needed > len(formulas):
        return AnyCondition(())
    if needed <= 0 or comb(len(formulas), needed) > MAX_COMBINATIONS:
        return NOTHING_REQUIRED
    return AnyCondition(tuple(AllConditions(chosen) for chosen in combinations(formulas, needed)))


def _agreed(sources: tuple[c.TruthNode, ...], outcome: WantedOutcome) -> Formula:
    """At least one source has the outcome and no source contradicts it."""

    def some(wanted: WantedOutcome) -> Formula:
        return _joined(sources, wanted, every=False)

    def every(wanted: WantedOutcome) -> Formula:
        return _joined(sources, wanted, every=True)

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
    """The first has the outcome, or it is unknown and the other has the outcome."""
    own, other = conditions(first, outcome), conditions(otherwise, outcome)
    not_true, not_false = conditions(first, WantedOutcome.NOT_TRUE), conditions(first, WantedOutcome.NOT_FALSE)
    match outcome:
        case WantedOutcome.TRUE | WantedOutcome.FALSE:
            return AnyCondition((own, AllConditions((not_true, not_false, other))))
        case WantedOutcome.NOT_TRUE:
            return AllConditions((own, AnyCondition((conditions(first, WantedOutcome.FALSE), other))))
        case _:
            return AllConditions((own, AnyCondition((conditions(first, WantedOutcome.TRUE), other))))


def _exists(records: c.Records, outcome: WantedOutcome) -> Formula:
    where = conditions(records.where, outcome)
    complete = YesNoCondition(f"complete {records.table}", outcome.opposite)
    covered = conditions(records.complete_if, outcome.opposite)
    match outcome:
        case WantedOutcome.TRUE:
            return SomeRecord(records.table, where)
        case WantedOutcome.NOT_TRUE:
            return EveryRecord(records.table, where)
        case WantedOutcome.FALSE:
            return AllConditions((EveryRecord(records.table, where), AnyCondition((complete, covered))))
        case _:
            return AnyCondition((SomeRecord(records.table, where), AllConditions((complete, covered))))
