"""Decides whether any patient can give criteria the wanted outcomes, by a search that raises no false alarm.

`ProofSearch.possible` is False only where the search proved that no such patient exists. It asserts literals
one by one (code sets and intervals are intersected; a record that must exist is checked against the conditions on
every record), follows forced choices, and branches over the rest (a tableau with unit propagation). What is not
modelled makes more possible, never less: facts that are related only clinically (an age and a scale for that age),
reported against derived totals, sums over several records. A search that exceeds its bounds answers "possible" too.

Rejected: searching over critical values with an engine. That finds patients, but proves nothing about repeated
records, whose number is unbounded. Rejected: a normal form. Three definitions of `rai-refractory` in one trial already
expand to millions of branches, most of which unit propagation never opens.
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

MAX_BRANCHINGS = 150
"""Most branchings of one search. The packaged trials need few or none; beyond it the answer is "possible"."""

MAX_COMPARISONS = 400_000
"""Most comparisons of all searches, some seconds of work. Packaged trials need under 5,000, but one needs 235,000."""


class PossibleNumbers(NamedTuple):
    """The values that a number can have. `anchored`: it is only known as [possible.lo, x] ("within 12 months")."""

    possible: Interval
    step: float
    anchored: bool = False


class FactDomains(Protocol):
    """The values that the facts can have."""

    def numbers(self, number: c.NumberNode) -> PossibleNumbers:
        """The values that a number can have."""

    def codes(self, fact: str) -> frozenset[str] | None:
        """Every code of a fact, or None where the codes cannot be listed."""


Key: TypeAlias = "tuple[str, str | c.NumberNode]"
State: TypeAlias = dict[Key, frozenset[Literal]]


class BudgetExhausted(Exception):
    """The search exceeded its bounds."""


class ProofSearch:
    """Answers questions for one set of domains; results about literals are cached between questions.

    `comparisons` bounds the work on all questions together; once it is spent, every answer is "possible".
    """

    def __init__(self, domains: FactDomains, comparisons: int = MAX_COMPARISONS) -> None:
        self.domains, self.comparisons_left = domains, comparisons
        self._consistent: dict[frozenset[Literal], bool] = {}
        self._branchings_left = 0

    def possible(self, *formulas: Formula) -> bool:
        """Whether one patient may meet all formulas; False is certain."""
        outer, self._branchings_left = self._branchings_left, MAX_BRANCHINGS
        try:
            return self._open({}, list(formulas), [])
        except BudgetExhausted:
            return True
        finally:
            self._branchings_left = outer

    def can_be(self, node: c.TruthNode, outcome: WantedOutcome, *others: Formula) -> bool:
        """Whether the criterion may have the outcome for a patient who also meets the other formulas."""
        return self.possible(conditions(node, outcome), *others)

    def _open(self, state: State, agenda: list[Formula], choices: list[tuple[Formula, ...]]) -> bool:
        while True:
            if not self._assert(state, agenda, choices):
                return False
            choices = [self._live(parts, state) for parts in choices if not _is_met(parts, state)]
            if any(not parts for parts in choices):
                return False
            agenda = [parts[0] for parts in choices if len(parts) == 1]
            choices = [parts for parts in choices if len(parts) > 1]
            if not agenda:
                break
        if not choices:
            return True
        self._branchings_left -= 1
        if self._branchings_left < 0:
            raise BudgetExhausted
        choices.sort(key=len)
        return any(self._open(dict(state), [part], choices[1:]) for part in choices[0])

    def _assert(self, state: State, agenda: list[Formula], choices: list[tuple[Formula, ...]]) -> bool:
        """Assert every formula of the agenda; False where they contradict."""
        while agenda:
            formula = agenda.pop()
            match formula:
                case AllConditions(parts):
                    agenda.extend(parts)
                case AnyCondition(parts):
                    choices.append(parts)
                case _:
                    literals = _with(state, formula)
                    if not self._fits(literals):
                        return False
                    state[_key(formula)] = literals
                    agenda.extend(self._implied(formula))
        return True

    def _live(self, parts: tuple[Formula, ...], state: State) -> tuple[Formula, ...]:
        return tuple(part for part in parts if self._fits_in(part, state))

    def _fits_in(self, formula: Formula, state: State) -> bool:
        """Whether no literal of the state refutes the formula."""
        match formula:
            case AllConditions(parts):
                return all(self._fits_in(part, state) for part in parts)
            case AnyCondition(parts):
                return any(self._fits_in(part, state) for part in parts)
            case _:
                return self._fits(_with(state, formula))

    def _fits(self, literals: frozenset[Literal]) -> bool:
        """Whether the literals on one fact, number or table are consistent."""
        self.comparisons_left -= 1
        if self.comparisons_left < 0:
            raise BudgetExhausted
        known = self._consistent.get(literals)
        if known is None:
            known = self._consistent[literals] = self._are_consistent(literals)
        return known

    def _are_consistent(self, literals: frozenset[Literal]) -> bool:
        match next(iter(literals)):
            case YesNoCondition():
                return _yes_no_consistent(literals)
            case CodeCondition(fact, _, _):
                return _codes_consistent(literals, self.domains.codes(fact))
            case NumberCondition(number, _, _):
                return _numbers_consistent(literals, self.domains.numbers(number))
            case _:
                return self._records_consistent(literals)

    def _records_consistent(self, literals: frozenset[Literal]) -> bool:
        every = [literal.record for literal in literals if isinstance(literal, EveryRecord)]
        some = (literal.record for literal in literals if isinstance(literal, SomeRecord))
        return all(self.possible(record, *every) for record in some)

    def _implied(self, literal: Literal) -> Iterator[Formula]:
        """What a bound on an aggregate requires of its records."""
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
                return  # a fact has no records, and any of several sources may narrow a number


def _some(records: c.Records, fact: str, interval: Interval) -> Formula:
    """A matching record exists whose value is surely in the interval."""
    value = NumberCondition(c.Fact(fact), WantedOutcome.TRUE, interval)
    return SomeRecord(records.table, AllConditions((conditions(records.where, WantedOutcome.TRUE), value)))


def _every(records: c.Records, fact: str, beyond: Interval) -> Formula:
    """No record matches and has its value beyond the bound."""
    value = NumberCondition(c.Fact(fact), WantedOutcome.FALSE, beyond)
    return EveryRecord(records.table, AnyCondition((conditions(records.where, WantedOutcome.FALSE), value)))


def _key(literal: Literal) -> Key:
    match literal:
        case YesNoCondition(fact, _):
            return "yes-no", fact
        case CodeCondition(fact, _, _):
            return "code", fact
        case NumberCondition(number, _, _):
            return "number", number
        case _:
            return "records", literal.table


def _with(state: State, literal: Literal) -> frozenset[Literal]:
    return state.get(_key(literal), frozenset()) | {literal}


def _is_met(parts: tuple[Formula, ...], state: State) -> bool:
    """Whether the state already meets one of the parts."""
    return any(_formula_is_met(part, state) for part in parts)


def _formula_is_met(formula: Formula, state: State) -> bool:
    match formula:
        case AllConditions(parts):
            return all(_formula_is_met(part, state) for part in parts)
        case AnyCondition(parts):
            return _is_met(parts, state)
        case _:
            return formula in state.get(_key(formula), ())


def _yes_no_consistent(literals: frozenset[Literal]) -> bool:
    """TRUE is 1, UNKNOWN 0, FALSE -1: each outcome allows some of these."""
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


def _codes_consistent(literals: frozenset[Literal], every: frozenset[str] | None) -> bool:
    wanted = [literal for literal in literals if isinstance(literal, CodeCondition)]
    if all(literal.outcome in (WantedOutcome.NOT_TRUE, WantedOutcome.NOT_FALSE) for literal in wanted):
        return True  # an unknown code meets them all
    within = [literal.codes for literal in wanted if literal.outcome.positive]
    without = frozenset[str]().union(*(literal.codes for literal in wanted if not literal.outcome.positive))
    if not within and every is None:
        return True
    left = frozenset.intersection(*within) if within else every or frozenset()
    return bool(left - without)


def _components(literals: frozenset[Literal], numbers: PossibleNumbers) -> Iterator[Interval]:
    """The ranges of values, one of which must contain the interval of the number."""
    parts = [numbers.possible]
    for literal in literals:
        assert isinstance(literal, NumberCondition)
        if literal.outcome == WantedOutcome.TRUE:
            parts = [met for part in parts if (met := part.meet(literal.interval))]
        elif literal.outcome == WantedOutcome.FALSE:
            parts = [rest for part in parts for rest in _outside(part, literal.interval, numbers.step)]
    return (part for part in parts if not numbers.anchored or part.lo <= numbers.possible.lo)


def _outside(part: Interval, hole: Interval, step: float) -> Iterator[Interval]:
    """The part without the hole, on the grid."""
    below, above = _before(hole.lo, step), -_before(-hole.hi, step)
    for lo, hi in ((part.lo, min(part.hi, below)), (max(part.lo, above), part.hi)):
        if lo <= hi and hole.meet(Interval(lo, hi)) is None:
            yield Interval(lo, hi)


def _before(value: float, step: float) -> float:
    """The grid point below; where the grid is finer than floating point, the float below."""
    return value if isinf(value) else min((ceil(value / step) - 1) * step, nextafter(value, -inf))


def _numbers_consistent(literals: frozenset[Literal], numbers: PossibleNumbers) -> bool:
    """Whether a range of values exists that meets the remaining literals: the widest meets the most."""
    rest = [literal for literal in literals if isinstance(literal, NumberCondition) and abs(literal.outcome) == 1]
    return any(all(_may_have_outcome(literal, part) for literal in rest) for part in _components(literals, numbers))


def _may_have_outcome(literal: NumberCondition, part: Interval) -> bool:
    met = part.meet(literal.interval)
    return met is not None if literal.outcome == WantedOutcome.NOT_FALSE else met != part
