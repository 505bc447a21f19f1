"""The reading of one patient: what `matching.columnar` computes for a cohort, in plain values and only where asked.

Each node is made a function once, which then reads any number of patients.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from matching import nodes as c
from matching.dependencies import PATIENT, ReadFrom, field_of, mentions, reads
from matching.interval import EVERYTHING, Interval
from matching.patient_values import PatientValues, Plain, Values
from matching.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth, truth_of

T = TypeVar("T")

NODES = 1 << 16
"""Nodes kept as functions: a hundred times those of the trials of one site."""


class MatchedRecords(NamedTuple):
    """The records of a table, which of them match, and whether nothing that matches was left out."""

    records: tuple[Values, ...]
    truths: tuple[Truth, ...]
    complete: bool


class ScalarReading:
    """One patient, and what was found of each node. A value is computed when it is first asked for.

    `like` is another, best one of whom nothing is stated: what reads only what both state alike has the same value.
    """

    def __init__(self, person: PatientValues, like: Self | None = None) -> None:
        self.person, self.facts, self.like = person, person.facts, like
        self.changed = person.differs(like.person) if like else frozenset[str]()
        self.known: dict[c.Node, Any] = {}

    def truth(self, node: c.TruthNode, place: ReadFrom = PATIENT) -> Truth:
        """Of the patient, or of one record.

        Raises: IndexError when there is no such record.
        """
        known: Truth | None = self.known.get(node) if place is PATIENT else None
        return truth_reader(node, place.table)(self, self.values(place)) if known is None else known

    def number(self, node: c.NumberNode, place: ReadFrom = PATIENT) -> Interval:
        """What is known of a number, of the patient or of one record. Units: canonical.

        Raises: IndexError when there is no such record.
        """
        return number_reader(node, place.table)(self, self.values(place))

    def found(self, records: c.Records) -> MatchedRecords:
        """The records of a table with those that match."""
        known: MatchedRecords | None = self.known.get(records)
        return records_reader(records)(self, self.facts) if known is None else known

    def alike(self, node: c.Node) -> Self | None:
        """Who else reads the node with the same value."""
        return self.like if self.like is not None and self.changed.isdisjoint(reads(node)) else None

    def values(self, place: ReadFrom) -> Values:
        """What is stated of the patient, or of one record.

        Raises: IndexError when there is no such record.
        """
        return self.facts if place.table is None else self.person.table(place.table).records[place.row]


Reader: TypeAlias = Callable[[ScalarReading, Values], T]
"""What a node says of the patient, or of one record of it: the values are those of whichever is read."""


@lru_cache(NODES)
def truth_reader(node: c.TruthNode, table: str | None = None) -> Reader[Truth]:
    """The node as it is read on a patient, or on the records of a table."""
    if table is not None and not mentions(node, table):
        return _on_its_patient(truth_reader(node))
    read = _truth(node, table)
    return read if table is not None or isinstance(node, c.Among | c.Holds) else _remembered(node, read)


@lru_cache(NODES)
def number_reader(node: c.NumberNode, table: str | None = None) -> Reader[Interval]:
    """The same of a number."""
    if table is not None and not mentions(node, table):
        return _on_its_patient(number_reader(node))
    read = _number(node, table)
    return read if table is not None or isinstance(node, c.Fact) else _remembered(node, read)


@lru_cache(NODES)
def records_reader(records: c.Records) -> Reader[MatchedRecords]:
    """The records of a table with those that match; a list is the patient's, so no other list's filter reads it."""
    table, where, settled = records.table, truth_reader(records.where, records.table), truth_reader(records.settled_by)

    def find(patient: ScalarReading, facts: Values) -> MatchedRecords:
        listed = patient.person.table(table)
        truths = tuple([where(patient, values) for values in listed.records])
        return MatchedRecords(listed.records, truths, listed.complete is TRUE or settled(patient, facts) is TRUE)

    return _remembered(records, find)


def _on_its_patient(read: Reader[T]) -> Reader[T]:
    return lambda patient, _: read(patient, patient.facts)


def _remembered(node: c.Node, read: Reader[T]) -> Reader[T]:
    """Read once a patient, and where another states all that it reads alike, on that one."""
    needed = reads(node)

    def recall(patient: ScalarReading, facts: Values) -> T:
        known: T | None = patient.known.get(node)
        if known is None:
            like = patient.like
            alike = like is not None and patient.changed.isdisjoint(needed)
            known = patient.known[node] = recall(like, like.facts) if like and alike else read(patient, facts)
        return known

    return recall


def _truth(node: c.TruthNode, table: str | None) -> Reader[Truth]:
    match node:
        case c.Among(path, codes, possible):
            return _among(_key(path, table), codes, possible)
        case c.Holds(path):
            return _holds(_key(path, table))
        case c.All(parts):
            return _decided(_readers(parts, table), by=FALSE)
        case c.Any(parts):
            return _decided(_readers(parts, table), by=TRUE)
        case c.Not(part):
            read = truth_reader(part, table)
            return lambda patient, values: OPPOSITE[read(patient, values)]
        case c.Named(_, part):
            return truth_reader(part, table)
        case c.Within(number, inside, possibly):
            amount = number_reader(number, table)
            return lambda patient, values: _within(amount(patient, values), inside, possibly)
        case c.Exists(records):
            find = records_reader(records)
            return lambda patient, values: _exists(find(patient, values))
        case c.Confirm(_, favourable):
            said = truth_of(favourable)
            return lambda patient, values: said
        case c.Preferred(first, otherwise):
            stated, other = truth_reader(first, table), truth_reader(otherwise, table)
            return lambda patient, values: stated(patient, values) or other(patient, values)
        case c.AtLeast(count, parts):
            several = _readers(parts, table)
            return lambda patient, values: _at_least(count, [one(patient, values) for one in several])
        case c.Consensus(parts):
            all_of = _readers(parts, table)
            return lambda patient, values: _unanimous({one(patient, values) for one in all_of})
        case c.Agreed(sources):
            any_of = _readers(sources, table)
            return lambda patient, values: _unanimous({one(patient, values) for one in any_of} - {UNKNOWN})


def _key(path: str, table: str | None) -> str:
    """Where the values of the patient, or of a record, hold the fact."""
    return path if table is None else field_of(path, table)


def _readers(nodes: Sequence[c.TruthNode], table: str | None) -> tuple[Reader[Truth], ...]:
    return tuple(truth_reader(node, table) for node in nodes)


def _among(key: str, codes: frozenset[str], possible: frozenset[str]) -> Reader[Truth]:
    def read(patient: ScalarReading, values: Values) -> Truth:
        stated = values.get(key)
        if stated in codes:
            return TRUE
        return UNKNOWN if stated in possible or not isinstance(stated, str) else FALSE

    return read


def _holds(key: str) -> Reader[Truth]:
    def read(patient: ScalarReading, values: Values) -> Truth:
        stated = values.get(key)
        return truth_of(stated if isinstance(stated, bool) else None)

    return read


def _decided(parts: Sequence[Reader[Truth]], by: Truth) -> Reader[Truth]:
    """The truth that one part alone brings about, the opposite where none can, else UNKNOWN."""

    def read(patient: ScalarReading, values: Values) -> Truth:
        found = OPPOSITE[by]
        for part in parts:
            truth = part(patient, values)
            if truth is by:
                return by
            if truth is UNKNOWN:
                found = UNKNOWN
        return found

    return read


def _within(known: Interval, inside: Interval, possibly: Interval) -> Truth:
    if known.lo >= inside.lo and known.hi <= inside.hi:
        return TRUE
    return FALSE if known.hi < possibly.lo or known.lo > possibly.hi else UNKNOWN


def _exists(found: MatchedRecords) -> Truth:
    return max(found.truths, default=FALSE) if found.complete else max((*found.truths, UNKNOWN))


def _at_least(count: int, truths: list[Truth]) -> Truth:
    if truths.count(TRUE) >= count:
        return TRUE
    return FALSE if len(truths) - truths.count(FALSE) < count else UNKNOWN


def _unanimous(truths: set[Truth]) -> Truth:
    return truths.pop() if len(truths) == 1 else UNKNOWN


def _number(node: c.NumberNode, table: str | None) -> Reader[Interval]:
    match node:
        case c.Fact(path):
            key = _key(path, table)
            return lambda patient, values: _amount(values.get(key))
        case c.Narrowed(sources):
            several = tuple(number_reader(source, table) for source in sources)
            return lambda patient, values: _narrowed([one(patient, values) for one in several])
        case c.Count(records):
            find = records_reader(records)
            return lambda patient, values: _count(find(patient, values))
        case c.Total(records, path) | c.Largest(records, path) | c.Smallest(records, path):
            listed, name = records_reader(records), field_of(path, records.table)
            return lambda patient, values: _aggregate(node, listed(patient, values), name)


def _amount(stated: Plain) -> Interval:
    return stated if isinstance(stated, Interval) else EVERYTHING


def _count(found: MatchedRecords) -> Interval:
    surely, never = found.truths.count(TRUE), found.truths.count(FALSE)
    return Interval(surely, len(found.truths) - never if found.complete else inf)


def _amounts(found: MatchedRecords, name: str) -> Iterator[tuple[Interval, Truth]]:
    """What is known of a number of each record that may match, with whether it does."""
    for values, truth in zip(found.records, found.truths, strict=True):
        if truth is not FALSE:
            yield _amount(values.get(name)), truth


def _narrowed(sources: Sequence[Interval]) -> Interval:
    """What all allow; anything if they contradict."""
    lo, hi = max(source.lo for source in sources), min(source.hi for source in sources)
    return Interval(lo, hi) if lo <= hi else EVERYTHING


def _aggregate(node: c.Total | c.Largest | c.Smallest, found: MatchedRecords, name: str) -> Interval:
    """Of the records that may match; those that surely do bound it from one side, and one not listed can raise it."""
    amounts, complete = list(_amounts(found, name)), found.complete
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
