"""The reading of one patient: what `matching.evaluate` computes for a cohort, in plain values and only where asked."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from matching import criteria as c
from matching.interval import EVERYTHING, Interval
from matching.person import Person, Plain, Values
from matching.scopes import field_if_of, field_of, mentions, reads
from matching.truth import Truth, truth_of

FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE
OPPOSITE = {TRUE: FALSE, UNKNOWN: UNKNOWN, FALSE: TRUE}


class Found(NamedTuple):
    """The records of a table, which of them match, and whether nothing that matches was left out."""

    records: tuple[Values, ...]
    truths: tuple[Truth, ...]
    complete: bool


class Known(NamedTuple):
    """The values that nodes were found to have in one place."""

    truths: dict[c.TruthNode, Truth]
    numbers: dict[c.NumberNode, Interval]


class Scope(ABC):
    """Where nodes are read: on the patient, or on one record. A value is computed when it is first asked for."""

    def __init__(self, known: Known) -> None:
        self._truths, self._numbers = known

    def truth(self, node: c.TruthNode) -> Truth:
        known = self._truths.get(node)
        if known is None:
            # Half of all nodes ask for a code, which is sooner read than asked who else reads it.
            other = None if isinstance(node, c.Among) else self.alike(node)
            known = self._truths[node] = _truth(node, self) if other is None else other.truth(node)
        return known

    def number(self, node: c.NumberNode) -> Interval:
        """What is known of a number. Units: canonical."""
        known = self._numbers.get(node)
        if known is None:
            other = self.alike(node)
            known = self._numbers[node] = _number(node, self) if other is None else other.number(node)
        return known

    @abstractmethod
    def alike(self, node: c.Node) -> "OnPatient | None":
        """Who else reads the node with the same value."""

    @abstractmethod
    def stated(self, path: str) -> Plain:
        """What is stated of a fact."""


class OnPatient(Scope):
    """The whole patient.

    `like` is another, best one of whom nothing is stated: what reads only what both state alike has the same value.
    """

    def __init__(self, person: Person, like: "OnPatient | None" = None) -> None:
        super().__init__(Known({}, {}))
        self.person, self.like = person, like
        self._changed = person.differs(like.person) if like else frozenset()
        self._found: dict[c.Records, Found] = {}
        self._of_records: dict[str, list[Known]] = {}

    def alike(self, node: c.Node) -> "OnPatient | None":
        return self.like if self.like is not None and self._changed.isdisjoint(reads(node)) else None

    def stated(self, path: str) -> Plain:
        return self.person.facts.get(path)

    def record(self, table: str, row: int) -> "OnRecord":
        """One record of a table, from 0.

        Raises: IndexError when there is none.
        """
        return OnRecord(self, table, self.person.table(table).records[row], self._known_of(table)[row])

    def found(self, records: c.Records) -> Found:
        known = self._found.get(records)
        if known is None:
            known = self._found[records] = self._find(records)
        return known

    def _find(self, records: c.Records) -> Found:
        listed, where = self.person.table(records.table), records.where
        rows = zip(listed.records, self._known_of(records.table), strict=True)
        truths = [OnRecord(self, records.table, values, known).truth(where) for values, known in rows]
        complete = listed.complete is TRUE or self.truth(records.settled_by) is TRUE
        return Found(listed.records, tuple(truths), complete)

    def _known_of(self, table: str) -> list[Known]:
        """Of each record. The records themselves are not kept: they know their patient, who then would never go."""
        known = self._of_records.get(table)
        if known is None:
            known = self._of_records[table] = [Known({}, {}) for _ in self.person.table(table).records]
        return known


class OnRecord(Scope):
    """One record; what does not mention it is read on its patient."""

    def __init__(self, owner: OnPatient, table: str, values: Values, known: Known) -> None:
        super().__init__(known)
        self._owner, self._table, self._values = owner, table, values

    def alike(self, node: c.Node) -> OnPatient | None:
        return None if mentions(node, self._table) else self._owner

    def stated(self, path: str) -> Plain:
        name = field_if_of(path, self._table)
        return self._owner.stated(path) if name is None else self._values.get(name)


def _truth(node: c.TruthNode, scope: Scope) -> Truth:
    match node:
        case c.Among(path, codes, possible):
            return _among(scope.stated(path), codes, possible)
        case c.All(parts):
            return _decided(parts, scope, by=FALSE)
        case c.Any(parts):
            return _decided(parts, scope, by=TRUE)
        case c.Not(part):
            return OPPOSITE[scope.truth(part)]
        case c.Within(number, inside, possibly):
            return _within(scope.number(number), inside, possibly)
        case c.Exists(records):
            return _exists(_found(records, scope))
        case c.Named(_, part):
            return scope.truth(part)
        case c.Holds(path):
            stated = scope.stated(path)
            return truth_of(stated if isinstance(stated, bool) else None)
        case c.Confirm(_, favourable):
            return truth_of(favourable)
        case c.Preferred(first, otherwise):
            return scope.truth(first) or scope.truth(otherwise)
        case c.AtLeast(count, parts):
            return _at_least(count, [scope.truth(part) for part in parts])
        case c.Consensus(parts):
            return _unanimous({scope.truth(part) for part in parts})
        case c.Agreed(sources):
            return _unanimous({scope.truth(source) for source in sources} - {UNKNOWN})


def _among(stated: Plain, codes: frozenset[str], possible: frozenset[str]) -> Truth:
    if stated in codes:
        return TRUE
    return UNKNOWN if stated in possible or not isinstance(stated, str) else FALSE


def _decided(parts: Sequence[c.TruthNode], scope: Scope, by: Truth) -> Truth:
    """The truth that one part alone brings about, the opposite where none can, else UNKNOWN."""
    found = OPPOSITE[by]
    for part in parts:
        truth = scope.truth(part)
        if truth is by:
            return by
        if truth is UNKNOWN:
            found = UNKNOWN
    return found


def _within(known: Interval, inside: Interval, possibly: Interval) -> Truth:
    if known.lo >= inside.lo and known.hi <= inside.hi:
        return TRUE
    return FALSE if known.hi < possibly.lo or known.lo > possibly.hi else UNKNOWN


def _exists(found: Found) -> Truth:
    return max(found.truths, default=FALSE) if found.complete else max((*found.truths, UNKNOWN))


def _at_least(count: int, truths: list[Truth]) -> Truth:
    if truths.count(TRUE) >= count:
        return TRUE
    return FALSE if len(truths) - truths.count(FALSE) < count else UNKNOWN


def _unanimous(truths: set[Truth]) -> Truth:
    return truths.pop() if len(truths) == 1 else UNKNOWN


def _number(node: c.NumberNode, scope: Scope) -> Interval:
    match node:
        case c.Fact(path):
            stated = scope.stated(path)
            return stated if isinstance(stated, Interval) else EVERYTHING
        case c.Narrowed(sources):
            return _narrowed([scope.number(source) for source in sources])
        case c.Count(records):
            found = _found(records, scope)
            surely, never = found.truths.count(TRUE), found.truths.count(FALSE)
            return Interval(surely, len(found.truths) - never if found.complete else inf)
        case c.Total(records, path) | c.Largest(records, path) | c.Smallest(records, path):
            found = _found(records, scope)
            return _aggregate(node, list(_amounts(found, field_of(path, records.table))), found.complete)


def _found(records: c.Records, scope: Scope) -> Found:
    """A list is the patient's: no filter looks at the records of another list, so none reads one by itself."""
    assert isinstance(scope, OnPatient)
    return scope.found(records)


def _amounts(found: Found, name: str) -> Iterator[tuple[Interval, Truth]]:
    """What is known of a number of each record that may match, with whether it does."""
    for values, truth in zip(found.records, found.truths, strict=True):
        if truth is not FALSE:
            amount = values.get(name)
            yield amount if isinstance(amount, Interval) else EVERYTHING, truth


def _narrowed(sources: Sequence[Interval]) -> Interval:
    """What all allow; anything if they contradict."""
    lo, hi = max(source.lo for source in sources), min(source.hi for source in sources)
    return Interval(lo, hi) if lo <= hi else EVERYTHING


def _aggregate(
    node: c.Total | c.Largest | c.Smallest, amounts: Sequence[tuple[Interval, Truth]], complete: bool
) -> Interval:
    """Of the records that may match; those that surely do bound it from one side, and one not listed can raise it."""
    surely = [amount for amount, truth in amounts if truth is TRUE]
    possibly = [amount for amount, _ in amounts]
    match node:
        case c.Total():
            hi = sum((amount.hi for amount in possibly), 0.0)
            return Interval(sum((max(amount.lo, 0.0) for amount in surely), 0.0), hi if complete else inf)
        case c.Largest():
            hi = max((amount.hi for amount in possibly), default=-inf)
            return Interval(max((amount.lo for amount in surely), default=-inf), hi if complete else inf)
        case c.Smallest():
            lo = min((amount.lo for amount in possibly), default=inf)
            return Interval(lo if complete else -inf, min((amount.hi for amount in surely), default=inf))
