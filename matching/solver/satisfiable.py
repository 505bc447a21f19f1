"""Whether any patient at all can make criteria come out as asked: a search with proof, and no false alarm.

`Search.possible` is False only where it proved that no patient exists. It asserts literals one by one (code sets and
intervals are intersected, records that must exist are held against what every record must be), follows forced
choices, and branches over the rest (a tableau with unit propagation). Whatever it does not model makes more
possible, never less: facts that hang together only in life (an age and a scale of its own), stated against derived
totals, sums of several records. The same holds where the search runs out of its budget.

A search over critical values with the evaluator was the alternative: it finds patients but proves nothing about
repeated records, whose number has no bound. A normal form was another: three definitions of `rai-refractory` in one
trial already expand to millions of branches, most of which unit propagation never opens.
"""

from collections.abc import Iterator
from math import ceil, inf, isinf, nextafter
from typing import NamedTuple, Protocol, TypeAlias

from matching import nodes as c
from matching.interval import Interval
from matching.solver.conditions import (
    AllConditions,
    AnyCondition,
    CodeCondition,
    EveryRecord,
    Formula,
    Literal,
    NumberCondition,
    SomeRecord,
    WantedOutcome,
    YesNoCondition,
    conditions,
)

BUDGET = 150
"""Branchings of one search. The packaged trials need none or a few; what needs more is called possible."""


STEPS = 400_000
"""Comparisons in all, some seconds of work. Most packaged trials need under 5,000, one needs 235,000."""


class PossibleNumbers(NamedTuple):
    """The values that a number can have. `anchored`: it is known as [possible.lo, x] only ("within 12 months")."""

    possible: Interval
    step: float
    anchored: bool = False


class FactDomains(Protocol):
    """What the facts can be."""

    def numbers(self, number: c.NumberNode) -> PossibleNumbers:
        """The values of a number."""

    def codes(self, fact: str) -> frozenset[str] | None:
        """Every code of a fact, or None where they cannot be listed."""


Key: TypeAlias = "tuple[str, str | c.NumberNode]"
State: TypeAlias = dict[Key, frozenset[Literal]]


class BudgetExhausted(Exception):
    """The budget is spent."""


class Search:
    """Answers for one set of domains; what it found out about literals is kept between questions.

    `steps` bounds the work on all questions together: once it is spent, everything is possible.
    """

    def __init__(self, domains: FactDomains, steps: int = STEPS) -> None:
        self.domains, self.steps = domains, steps
        self._consistent: dict[frozenset[Literal], bool] = {}
        self._left = 0

    def possible(self, *formulas: Formula) -> bool:
        """Whether one patient may fulfil all of these; False is certain."""
        kept, self._left = self._left, BUDGET
        try:
            return self._open({}, list(formulas), [])
        except BudgetExhausted:
            return True
        finally:
            self._left = kept

    def can_be(self, node: c.TruthNode, outcome: WantedOutcome, *beside: Formula) -> bool:
        """Whether the criterion may come out so for a patient who fulfils what stands beside."""
        return self.possible(conditions(node, outcome), *beside)

    def _open(self, state: State, agenda: list[Formula], choices: list[tuple[Formula, ...]]) -> bool:
        while True:
            if not self._assert(state, agenda, choices):
                return False
            choices = [self._live(parts, state) for parts in choices if not _settled(parts, state)]
            if any(not parts for parts in choices):
                return False
            agenda = [parts[0] for parts in choices if len(parts) == 1]
            choices = [parts for parts in choices if len(parts) > 1]
            if not agenda:
                break
        if not choices:
            return True
        self._left -= 1
        if self._left < 0:
            raise BudgetExhausted
        choices.sort(key=len)
        return any(self._open(dict(state), [part], choices[1:]) for part in choices[0])

    def _assert(self, state: State, agenda: list[Formula], choices: list[tuple[Formula, ...]]) -> bool:
        """Take everything of the agenda into the state; False where it cannot all be."""
        while agenda:
            formula = agenda.pop()
            match formula:
                case AllConditions(parts):
                    agenda.extend(parts)
                case AnyCondition(parts):
                    choices.append(parts)
                case _:
                    grown = _with(state, formula)
                    if not self._fits(grown):
                        return False
                    state[_key(formula)] = grown
                    agenda.extend(self._implied(formula))
        return True

    def _live(self, parts: tuple[Formula, ...], state: State) -> tuple[Formula, ...]:
        return tuple(part for part in parts if self._fits_in(part, state))

    def _fits_in(self, formula: Formula, state: State) -> bool:
        """Whether nothing in the state already refutes the formula by itself."""
        match formula:
            case AllConditions(parts):
                return all(self._fits_in(part, state) for part in parts)
            case AnyCondition(parts):
                return any(self._fits_in(part, state) for part in parts)
            case _:
                return self._fits(_with(state, formula))

    def _fits(self, literals: frozenset[Literal]) -> bool:
        """Whether the literals on one fact, number or table go together."""
        self.steps -= 1
        if self.steps < 0:
            raise BudgetExhausted
        known = self._consistent.get(literals)
        if known is None:
            known = self._consistent[literals] = self._together(literals)
        return known

    def _together(self, literals: frozenset[Literal]) -> bool:
        match next(iter(literals)):
            case YesNoCondition():
                return _said(literals)
            case CodeCondition(fact, _, _):
                return _coded(literals, self.domains.codes(fact))
            case NumberCondition(number, _, _):
                return _measured(literals, self.domains.numbers(number))
            case _:
                return self._records(literals)

    def _records(self, literals: frozenset[Literal]) -> bool:
        every = [literal.record for literal in literals if isinstance(literal, EveryRecord)]
        some = (literal.record for literal in literals if isinstance(literal, SomeRecord))
        return all(self.possible(record, *every) for record in some)

    def _implied(self, literal: Literal) -> Iterator[Formula]:
        """What a bound on an aggregate says of the records below it."""
        if not isinstance(literal, NumberCondition):
            return
        possible = self.domains.numbers(literal.number)
        parts = list(_components(frozenset({literal}), possible))
        lo, hi = min(part.lo for part in parts), max(part.hi for part in parts)
        match literal.number:
            case c.Count(records):
                if lo > 0:
                    yield SomeRecord(records.table, conditions(records.where, WantedOutcome.TRUE))
                if hi <= 0:
                    yield EveryRecord(records.table, conditions(records.where, WantedOutcome.FALSE))
            case c.Largest(records, fact) | c.Total(records, fact):
                if lo > max(possible.possible.lo, -inf):
                    yield _some(records, fact, Interval(lo if isinstance(literal.number, c.Largest) else 0.0, inf))
                if hi < inf:
                    yield _every(records, fact, Interval(hi + possible.step, inf))
            case c.Smallest(records, fact):
                if hi < inf:
                    yield _some(records, fact, Interval(-inf, hi))
                if lo > -inf:
                    yield _every(records, fact, Interval(-inf, lo - possible.step))
            case _:
                return  # a fact has no records, and which source narrows a number is open


def _some(records: c.Records, fact: str, interval: Interval) -> Formula:
    """A matching record whose value surely lies here."""
    value = NumberCondition(c.Fact(fact), WantedOutcome.TRUE, interval)
    return SomeRecord(records.table, AllConditions((conditions(records.where, WantedOutcome.TRUE), value)))


def _every(records: c.Records, fact: str, beyond: Interval) -> Formula:
    """No record may match and have its value here."""
    value = NumberCondition(c.Fact(fact), WantedOutcome.FALSE, beyond)
    return EveryRecord(records.table, AnyCondition((conditions(records.where, WantedOutcome.FALSE), value)))


def _key(literal: Literal) -> Key:
    match literal:
        case YesNoCondition(fact, _):
            return "said", fact
        case CodeCondition(fact, _, _):
            return "coded", fact
        case NumberCondition(number, _, _):
            return "measured", number
        case _:
            return "records", literal.table


def _with(state: State, literal: Literal) -> frozenset[Literal]:
    return state.get(_key(literal), frozenset()) | {literal}


def _settled(parts: tuple[Formula, ...], state: State) -> bool:
    """Whether one of these already holds in the state."""
    return any(_holds(part, state) for part in parts)


def _holds(formula: Formula, state: State) -> bool:
    match formula:
        case AllConditions(parts):
            return all(_holds(part, state) for part in parts)
        case AnyCondition(parts):
            return _settled(parts, state)
        case _:
            return formula in state.get(_key(formula), ())


def _said(literals: frozenset[Literal]) -> bool:
    """TRUE is 1, UNKNOWN 0, FALSE -1: each outcome leaves some of them."""
    left = {-1, 0, 1}
    for literal in literals:
        assert isinstance(literal, YesNoCondition)
        left &= {
            WantedOutcome.TRUE: {1},
            WantedOutcome.NOT_FALSE: {0, 1},
            WantedOutcome.NOT_TRUE: {-1, 0},
            WantedOutcome.FALSE: {-1},
        }[literal.outcome]
    return bool(left)


def _coded(literals: frozenset[Literal], every: frozenset[str] | None) -> bool:
    asked = [literal for literal in literals if isinstance(literal, CodeCondition)]
    if all(one.outcome in (WantedOutcome.NOT_TRUE, WantedOutcome.NOT_FALSE) for one in asked):
        return True  # not stated fulfils them all
    within = [one.codes for one in asked if one.outcome.positive]
    without = frozenset[str]().union(*(one.codes for one in asked if not one.outcome.positive))
    if not within and every is None:
        return True
    left = frozenset.intersection(*within) if within else every or frozenset()
    return bool(left - without)


def _components(literals: frozenset[Literal], numbers: PossibleNumbers) -> Iterator[Interval]:
    """The runs of values in which what is known of the number must lie."""
    parts = [numbers.possible]
    for literal in literals:
        assert isinstance(literal, NumberCondition)
        if literal.outcome == WantedOutcome.TRUE:
            parts = [met for part in parts if (met := part.meet(literal.interval))]
        elif literal.outcome == WantedOutcome.FALSE:
            parts = [piece for part in parts for piece in _outside(part, literal.interval, numbers.step)]
    return (part for part in parts if not numbers.anchored or part.lo <= numbers.possible.lo)


def _outside(part: Interval, hole: Interval, step: float) -> Iterator[Interval]:
    """What the hole leaves of the part, on the grid: fewer than half a record is none."""
    below, above = _before(hole.lo, step), -_before(-hole.hi, step)
    for lo, hi in ((part.lo, min(part.hi, below)), (max(part.lo, above), part.hi)):
        if lo <= hi and hole.meet(Interval(lo, hi)) is None:
            yield Interval(lo, hi)


def _before(value: float, step: float) -> float:
    """The last grid point below; where the grid is finer than floats are, the last float."""
    return value if isinf(value) else min((ceil(value / step) - 1) * step, nextafter(value, -inf))


def _measured(literals: frozenset[Literal], numbers: PossibleNumbers) -> bool:
    """Some run of values holds a range that fulfils the rest: the widest range is the easiest."""
    rest = [one for one in literals if isinstance(one, NumberCondition) and abs(one.outcome) == 1]
    return any(all(_doubted(one, part) for one in rest) for part in _components(literals, numbers))


def _doubted(literal: NumberCondition, part: Interval) -> bool:
    met = part.meet(literal.interval)
    return met is not None if literal.outcome == WantedOutcome.NOT_FALSE else met != part
