"""The scalar engine: evaluates criteria for one patient in plain values, and only the nodes that are asked for.

It computes what `matching.columnar` computes for a cohort. Each node is compiled once to a function that then serves
any number of patients.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from matching import nodes as c
from matching.dependencies import PATIENT, Scope, field_of, mentions, reads
from matching.interval import EVERYTHING, Interval
from matching.patient_values import PatientValues, Plain, Values
from matching.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth, truth_of

T = TypeVar("T")

MAX_COMPILED_NODES = 1 << 16
"""Compiled nodes that are cached: a hundred times those of the trials of one site."""


class MatchedRecords(NamedTuple):
    """The records of a table, whether each matches a filter, and whether the list is complete for that filter."""

    records: tuple[Values, ...]
    truths: tuple[Truth, ...]
    complete: bool


class ScalarEngine:
    """Evaluates nodes for one patient and caches each result.

    `baseline` is the engine of another patient, ideally a blank one, to share results with: a node that reads only
    facts on which both patients agree has the same value for both.
    """

    def __init__(self, patient: PatientValues, baseline: Self | None = None) -> None:
        self.patient, self.facts, self.baseline = patient, patient.facts, baseline
        self.differing = patient.differs(baseline.patient) if baseline else frozenset[str]()
        self.results: dict[c.Node, Any] = {}

    def truth(self, node: c.TruthNode, scope: Scope = PATIENT) -> Truth:
        """The truth of a node for the patient, or for one record.

        Raises: IndexError when there is no such record.
        """
        known: Truth | None = self.results.get(node) if scope is PATIENT else None
        return compile_truth(node, scope.table)(self, self.values(scope)) if known is None else known

    def number(self, node: c.NumberNode, scope: Scope = PATIENT) -> Interval:
        """What is known of a number, of the patient or of one record. Units: canonical.

        Raises: IndexError when there is no such record.
        """
        return compile_number(node, scope.table)(self, self.values(scope))

    def matches(self, records: c.Records) -> MatchedRecords:
        """The records of a table, with the truth of the filter for each."""
        known: MatchedRecords | None = self.results.get(records)
        return compile_records(records)(self, self.facts) if known is None else known

    def baseline_for(self, node: c.Node) -> Self | None:
        """The baseline, if the node has the same value for it; else None."""
        return self.baseline if self.baseline is not None and self.differing.isdisjoint(reads(node)) else None

    def values(self, scope: Scope) -> Values:
        """The facts of the patient, or of one record.

        Raises: IndexError when there is no such record.
        """
        return self.facts if scope.table is None else self.patient.table(scope.table).records[scope.row]


Compiled: TypeAlias = Callable[[ScalarEngine, Values], T]
"""A compiled node: a function of the engine of a patient, and of the values of the patient or of one record."""


@lru_cache(MAX_COMPILED_NODES)
def compile_truth(node: c.TruthNode, table: str | None = None) -> Compiled[Truth]:
    """Compile a truth-valued node, for a patient or for the records of a table."""
    if table is not None and not mentions(node, table):
        return _on_patient(compile_truth(node))
    compute = _truth(node, table)
    return compute if table is not None or isinstance(node, c.Among | c.IsYes) else _cached(node, compute)


@lru_cache(MAX_COMPILED_NODES)
def compile_number(node: c.NumberNode, table: str | None = None) -> Compiled[Interval]:
    """Compile a number-valued node, for a patient or for the records of a table."""
    if table is not None and not mentions(node, table):
        return _on_patient(compile_number(node))
    compute = _number(node, table)
    return compute if table is not None or isinstance(node, c.Fact) else _cached(node, compute)


@lru_cache(MAX_COMPILED_NODES)
def compile_records(records: c.Records) -> Compiled[MatchedRecords]:
    """Compile a filter on a list. The list belongs to the patient, so no filter on another list reads it."""
    table, where = records.table, compile_truth(records.where, records.table)
    complete_if = compile_truth(records.complete_if)

    def match(engine: ScalarEngine, facts: Values) -> MatchedRecords:
        listed = engine.patient.table(table)
        truths = tuple([where(engine, values) for values in listed.records])
        return MatchedRecords(listed.records, truths, listed.complete is TRUE or complete_if(engine, facts) is TRUE)

    return _cached(records, match)


def _on_patient(compute: Compiled[T]) -> Compiled[T]:
    return lambda engine, _: compute(engine, engine.facts)


def _cached(node: c.Node, compute: Compiled[T]) -> Compiled[T]:
    """Compute once a patient; where the baseline agrees on all that the node reads, compute it there."""
    needed = reads(node)

    def recall(engine: ScalarEngine, facts: Values) -> T:
        known: T | None = engine.results.get(node)
        if known is None:
            baseline = engine.baseline
            shared = baseline is not None and engine.differing.isdisjoint(needed)
            known = recall(baseline, baseline.facts) if baseline and shared else compute(engine, facts)
            engine.results[node] = known
        return known

    return recall


def _truth(node: c.TruthNode, table: str | None) -> Compiled[Truth]:
    match node:
        case c.Among(path, codes, possible):
            return _among(_key(path, table), codes, possible)
        case c.IsYes(path):
            return _is_yes(_key(path, table))
        case c.All(parts):
            return _decided(_compile_all(parts, table), by=FALSE)
        case c.Any(parts):
            return _decided(_compile_all(parts, table), by=TRUE)
        case c.Not(part):
            truth = compile_truth(part, table)
            return lambda engine, values: OPPOSITE[truth(engine, values)]
        case c.Named(_, part):
            return compile_truth(part, table)
        case c.Within(number, inside, possibly):
            amount = compile_number(number, table)
            return lambda engine, values: _within(amount(engine, values), inside, possibly)
        case c.Exists(records):
            match_records = compile_records(records)
            return lambda engine, values: _exists(match_records(engine, values))
        case c.Confirm(_, favourable):
            answer = truth_of(favourable)
            return lambda engine, values: answer
        case c.Preferred(first, otherwise):
            judgement, other = compile_truth(first, table), compile_truth(otherwise, table)
            return lambda engine, values: judgement(engine, values) or other(engine, values)
        case c.AtLeast(count, parts):
            truths = _compile_all(parts, table)
            return lambda engine, values: _at_least(count, [truth(engine, values) for truth in truths])
        case c.Consensus(parts):
            members = _compile_all(parts, table)
            return lambda engine, values: _unanimous({member(engine, values) for member in members})
        case c.Agreed(sources):
            sources_of_fact = _compile_all(sources, table)
            return lambda engine, values: _unanimous({source(engine, values) for source in sources_of_fact} - {UNKNOWN})


def _key(path: str, table: str | None) -> str:
    """The key of the fact in the values of the patient or of a record."""
    return path if table is None else field_of(path, table)


def _compile_all(nodes: Sequence[c.TruthNode], table: str | None) -> tuple[Compiled[Truth], ...]:
    return tuple(compile_truth(node, table) for node in nodes)


def _among(key: str, codes: frozenset[str], possible: frozenset[str]) -> Compiled[Truth]:
    def compute(engine: ScalarEngine, values: Values) -> Truth:
        value = values.get(key)
        if value in codes:
            return TRUE
        return UNKNOWN if value in possible or not isinstance(value, str) else FALSE

    return compute


def _is_yes(key: str) -> Compiled[Truth]:
    def compute(engine: ScalarEngine, values: Values) -> Truth:
        value = values.get(key)
        return truth_of(value if isinstance(value, bool) else None)

    return compute


def _decided(parts: Sequence[Compiled[Truth]], by: Truth) -> Compiled[Truth]:
    """`by` if it is the truth of any part, its opposite if that is the truth of every part, else UNKNOWN."""

    def compute(engine: ScalarEngine, values: Values) -> Truth:
        result = OPPOSITE[by]
        for part in parts:
            truth = part(engine, values)
            if truth is by:
                return by
            if truth is UNKNOWN:
                result = UNKNOWN
        return result

    return compute


def _within(known: Interval, inside: Interval, possibly: Interval) -> Truth:
    if known.lo >= inside.lo and known.hi <= inside.hi:
        return TRUE
    return FALSE if known.hi < possibly.lo or known.lo > possibly.hi else UNKNOWN


def _exists(matched: MatchedRecords) -> Truth:
    return max(matched.truths, default=FALSE) if matched.complete else max((*matched.truths, UNKNOWN))


def _at_least(count: int, truths: list[Truth]) -> Truth:
    if truths.count(TRUE) >= count:
        return TRUE
    return FALSE if len(truths) - truths.count(FALSE) < count else UNKNOWN


def _unanimous(truths: set[Truth]) -> Truth:
    return truths.pop() if len(truths) == 1 else UNKNOWN


def _number(node: c.NumberNode, table: str | None) -> Compiled[Interval]:
    match node:
        case c.Fact(path):
            key = _key(path, table)
            return lambda engine, values: _amount(values.get(key))
        case c.Narrowed(sources):
            numbers = tuple(compile_number(source, table) for source in sources)
            return lambda engine, values: _narrowed([number(engine, values) for number in numbers])
        case c.Count(records):
            match_records = compile_records(records)
            return lambda engine, values: _count(match_records(engine, values))
        case c.Total(records, path) | c.Largest(records, path) | c.Smallest(records, path):
            match_records, name = compile_records(records), field_of(path, records.table)
            return lambda engine, values: _aggregate(node, match_records(engine, values), name)


def _amount(value: Plain) -> Interval:
    return value if isinstance(value, Interval) else EVERYTHING


def _count(matched: MatchedRecords) -> Interval:
    surely, never = matched.truths.count(TRUE), matched.truths.count(FALSE)
    return Interval(surely, len(matched.truths) - never if matched.complete else inf)


def _amounts(matched: MatchedRecords, name: str) -> Iterator[tuple[Interval, Truth]]:
    """A number of each record that may match, with the truth of the match."""
    for values, truth in zip(matched.records, matched.truths, strict=True):
        if truth is not FALSE:
            yield _amount(values.get(name)), truth


def _narrowed(sources: Sequence[Interval]) -> Interval:
    """The intersection of all sources; any number if they contradict."""
    lo, hi = max(source.lo for source in sources), min(source.hi for source in sources)
    return Interval(lo, hi) if lo <= hi else EVERYTHING


def _aggregate(node: c.Total | c.Largest | c.Smallest, matched: MatchedRecords, name: str) -> Interval:
    """Sure matches bound the result from one side, possible matches from the other, if the list is complete."""
    amounts, complete = list(_amounts(matched, name)), matched.complete
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
