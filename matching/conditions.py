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

from matching import criteria as c
from matching.interval import Interval

MAX_CHOICES = 200
"""Ways of choosing k of n that are written out; beyond them the formula asks for nothing, which alarms nobody."""


class Outcome(IntEnum):
    """What a criterion is asked to come out as."""

    TRUE = 2
    NOT_FALSE = 1
    NOT_TRUE = -1
    FALSE = -2

    @property
    def opposite(self) -> "Outcome":
        """What a criterion must come out as for its negation to come out so."""
        return Outcome(-self)

    @property
    def of_truth(self) -> bool:
        """Whether it turns on what makes the criterion TRUE, rather than on what makes it FALSE."""
        return self in (Outcome.TRUE, Outcome.NOT_TRUE)

    @property
    def positive(self) -> bool:
        """Whether all parts of an `All` must come out so, as against one of them."""
        return self in (Outcome.TRUE, Outcome.NOT_FALSE)


@c.node
class Both:
    """All of these hold; nothing is asked where there is none."""

    parts: "tuple[Formula, ...]"


@c.node
class Either:
    """One of these holds; impossible where there is none."""

    parts: "tuple[Formula, ...]"


@c.node
class Said:
    """A yes-or-no fact, a list's completeness or a question for the site comes out so."""

    fact: str
    outcome: Outcome


@c.node
class Coded:
    """A coded fact comes out so: `codes` are the terms that decide."""

    fact: str
    outcome: Outcome
    codes: frozenset[str]


@c.node
class Measured:
    """A number comes out so against `interval`."""

    number: c.NumberNode
    outcome: Outcome
    interval: Interval


@c.node
class Some:
    """A record of the table fulfils this."""

    table: str
    record: "Formula"


@c.node
class Every:
    """Each record of the table fulfils this."""

    table: str
    record: "Formula"


Literal: TypeAlias = Said | Coded | Measured | Some | Every
Formula: TypeAlias = Both | Either | Literal

NOTHING_ASKED = Both(())


@lru_cache(maxsize=1 << 16)
def conditions(node: c.TruthNode, outcome: Outcome) -> Formula:
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
            return _joined(parts, outcome, every=outcome in (Outcome.TRUE, Outcome.FALSE))
        case c.Agreed(sources):
            return _agreed(sources, outcome)
        case c.Preferred(first, otherwise):
            return _preferred(first, otherwise, outcome)
        case c.Within(number, inside, possibly):
            return Measured(number, outcome, inside if outcome.of_truth else possibly)
        case c.Among(fact, codes, possible):
            return Coded(fact, outcome, codes if outcome.of_truth else codes | possible)
        case c.Holds(fact):
            return Said(fact, outcome)
        case c.Confirm(question, _):
            return Said(f"? {question}", outcome) if question else NOTHING_ASKED
        case _:
            return _exists(node.records, outcome)


def _joined(parts: Iterable[c.TruthNode], outcome: Outcome, every: bool) -> Formula:
    formulas = tuple(conditions(part, outcome) for part in parts)
    return Both(formulas) if every else Either(formulas)


def _choose(needed: int, formulas: list[Formula]) -> Formula:
    """At least `needed` of these hold."""
    if needed > len(formulas):
        return Either(())
    if needed <= 0 or comb(len(formulas), needed) > MAX_CHOICES:
        return NOTHING_ASKED
    return Either(tuple(Both(chosen) for chosen in combinations(formulas, needed)))


def _agreed(sources: tuple[c.TruthNode, ...], outcome: Outcome) -> Formula:
    """A source says so and none denies it."""

    def some(asked: Outcome) -> Formula:
        return _joined(sources, asked, every=False)

    def every(asked: Outcome) -> Formula:
        return _joined(sources, asked, every=True)

    match outcome:
        case Outcome.TRUE:
            return Both((some(Outcome.TRUE), every(Outcome.NOT_FALSE)))
        case Outcome.FALSE:
            return Both((some(Outcome.FALSE), every(Outcome.NOT_TRUE)))
        case Outcome.NOT_TRUE:
            return Either((every(Outcome.NOT_TRUE), some(Outcome.FALSE)))
        case _:
            return Either((every(Outcome.NOT_FALSE), some(Outcome.TRUE)))


def _preferred(first: c.TruthNode, otherwise: c.TruthNode, outcome: Outcome) -> Formula:
    """The first says so, or leaves it open and the other says so."""
    said, other = conditions(first, outcome), conditions(otherwise, outcome)
    not_true, not_false = conditions(first, Outcome.NOT_TRUE), conditions(first, Outcome.NOT_FALSE)
    match outcome:
        case Outcome.TRUE | Outcome.FALSE:
            return Either((said, Both((not_true, not_false, other))))
        case Outcome.NOT_TRUE:
            return Both((said, Either((conditions(first, Outcome.FALSE), other))))
        case _:
            return Both((said, Either((conditions(first, Outcome.TRUE), other))))


def _exists(records: c.Records, outcome: Outcome) -> Formula:
    where = conditions(records.where, outcome)
    complete = Said(f"complete {records.table}", outcome.opposite)
    settled = conditions(records.settled_by, outcome.opposite)
    match outcome:
        case Outcome.TRUE:
            return Some(records.table, where)
        case Outcome.NOT_TRUE:
            return Every(records.table, where)
        case Outcome.FALSE:
            return Both((Every(records.table, where), Either((complete, settled))))
        case _:
            return Either((Some(records.table, where), Both((complete, settled))))
