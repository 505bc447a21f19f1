"""Extends criteria by what the table of implications says: a criterion is decided by every fact that decides it.

Each leaf of a criterion becomes one node over reported facts (`Agreed`): the fact itself, and each premise that
implies or excludes it. Both engines, reasons, questions and contradictions read these nodes like any other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from math import inf

from matching import nodes as c
from matching.dependencies import belongs_to, field_of, mentions
from matching.interval import Interval
from schemas.implications.rules import (
    FactConclusion,
    FactRef,
    FieldFilter,
    Implication,
    NoRecordConclusion,
    RecordConclusion,
    Value,
    implications,
)
from schemas.summary.declared_facts import declared
from schemas.summary.quantity_fields import QuantityField

TRUE: c.TruthNode = c.All(())
FALSE: c.TruthNode = c.Any(())
UNKNOWN: c.TruthNode = c.Consensus((TRUE, FALSE))

MAX_STEPS = 2
"""Implications in a chain: longer chains are declared as rows of their own, which keeps criteria small."""

Used = frozenset[str]
Source = tuple[bool, c.TruthNode]
"""A premise, and whether it implies the leaf or excludes it."""

Leaf = Callable[[c.TruthNode], c.TruthNode | None]


def concluded(node: c.TruthNode) -> c.TruthNode:
    """The same criterion, decided by implied facts as well.

    Unknown: where neither the facts that it reads nor any premise decides it, or where they contradict each other.
    """
    return _concluded(node, frozenset())


@lru_cache(maxsize=1 << 15)
def _concluded(node: c.TruthNode, used: Used) -> c.TruthNode:
    """`used` are the implications already applied above: each applies once on a path, so the closure is finite."""
    match node:
        case c.IsYes(path):
            return _agreed(node, _of_truth(path, used))
        case c.Among(path, codes, possible):
            return _agreed(node, _of_codes(path, codes, possible, used))
        case c.Within(number, inside, possibly):
            read = c.Within(_number(number, used), inside, possibly)
            return _agreed(read, _of_number(number, inside, possibly, used))
        case c.Exists(records):
            return _agreed(c.Exists(_records(records, used)), _of_records(records, used))
        case _:
            return _rebuilt(node, lambda part: _concluded(part, used))


def _agreed(node: c.TruthNode, sources: Iterable[Source]) -> c.TruthNode:
    """The node and its sources. Sources that say the same are one node, which keeps criteria small."""
    found = tuple(dict.fromkeys(sources))
    yes = tuple(premise for truth, premise in found if truth)
    no = tuple(premise for truth, premise in found if not truth)
    joined = (*([at_best(*yes)] if yes else ()), *([at_worst(*no)] if no else ()))
    return c.Agreed((node, *joined)) if joined else node


def _records(records: c.Records, used: Used) -> c.Records:
    # `complete_if` asks what was reported: an implied record does not make the list complete.
    return c.Records(records.table, _concluded(records.where, used), records.complete_if)


def _number(number: c.NumberNode, used: Used) -> c.NumberNode:
    match number:
        case c.Fact():
            return number
        case c.Count(records):
            return c.Count(_records(records, used))
        case c.Total(records, fact):
            return c.Total(_records(records, used), fact)
        case c.Largest(records, fact):
            return c.Largest(_records(records, used), fact)
        case c.Smallest(records, fact):
            return c.Smallest(_records(records, used), fact)
        case c.Narrowed(sources):
            return c.Narrowed(tuple(_number(source, used) for source in sources))


# --- sources of a leaf ------------------------------------------------------------------------------


@cache
def _of_fact(path: str, used: Used) -> tuple[tuple[Implication, bool | frozenset[str] | Interval], ...]:
    return tuple(
        (row, row.conclusion.value)
        for row in implications()
        if isinstance(row.conclusion, FactConclusion) and row.conclusion.path == path and row.id not in used
    )


def _extended(node: c.TruthNode, row: Implication, used: Used) -> c.TruthNode:
    """The node as further implications extend it, up to the longest chain."""
    return _concluded(node, used | {row.id}) if len(used) + 1 < MAX_STEPS else node


def at_best(*premises: c.TruthNode) -> c.TruthNode:
    """TRUE where a premise is. Elsewhere UNKNOWN, because a premise that is FALSE says nothing."""
    return c.Any((*premises, UNKNOWN))


def at_worst(*premises: c.TruthNode) -> c.TruthNode:
    """FALSE where a premise is TRUE, elsewhere UNKNOWN."""
    return c.Not(at_best(*premises))


def _of_truth(path: str, used: Used) -> Iterator[Source]:
    for row, value in _of_fact(path, used):
        yield value is True, _extended(row.premise, row, used)


def _of_codes(path: str, codes: frozenset[str], possible: frozenset[str], used: Used) -> Iterator[Source]:
    for row, value in _of_fact(path, used):
        assert isinstance(value, frozenset)
        if value <= codes:
            yield True, _extended(row.premise, row, used)
        elif value.isdisjoint(codes | possible):
            yield False, _extended(row.premise, row, used)


def _of_number(number: c.NumberNode, inside: Interval, possibly: Interval, used: Used) -> Iterator[Source]:
    """A number in an implied interval; of several sources of one number, each limits it."""
    sources = number.sources if isinstance(number, c.Narrowed) else (number,)
    for source in sources:
        for row, value in _of_fact(source.path, used) if isinstance(source, c.Fact) else ():
            assert isinstance(value, Interval)
            if inside.lo <= value.lo and value.hi <= inside.hi:
                yield True, _extended(row.premise, row, used)
            elif value.meet(possibly) is None:
                yield False, _extended(row.premise, row, used)


def _of_records(records: c.Records, used: Used) -> Iterator[Source]:
    for row in (row for row in implications() if row.id not in used):
        match row.conclusion:
            case RecordConclusion(table, values) if table == records.table:
                matches = imagined(records.where, table, values)
                if matches not in (FALSE, UNKNOWN):
                    yield True, _all((_extended(row.premise, row, used), _extended(matches, row, used)))
            case NoRecordConclusion(table, filters) if table == records.table:
                found = [_excludes(records.where, part) for part in filters]
                bounds = [bound for bound in found if bound is not None]
                if len(bounds) == len(filters):
                    yield False, _all((_extended(row.premise, row, used), *bounds))


# --- filters on records that nobody listed ----------------------------------------------------------


def imagined(where: c.TruthNode, table: str, known: Mapping[str, Value]) -> c.TruthNode:
    """What a filter says of a record of which only these values are known; a node of the patient."""

    def leaf(node: c.TruthNode) -> c.TruthNode | None:
        match node:
            case c.IsYes(path) if belongs_to(path, table):
                value = known.get(field_of(path, table))
                return UNKNOWN if value is None else TRUE if value is True else FALSE
            case c.Among(path, codes, possible) if belongs_to(path, table):
                value = known.get(field_of(path, table))
                return UNKNOWN if value is None or value in possible else TRUE if value in codes else FALSE
            case c.Within(c.Fact(path), inside, possibly) if belongs_to(path, table):
                value = known.get(field_of(path, table))
                return c.Within(c.Fact(value.path), inside, possibly) if isinstance(value, FactRef) else UNKNOWN
            case c.Within() if mentions(node, table):
                return UNKNOWN
        return None

    return _replaced(where, leaf)


def _excludes(where: c.TruthNode, excluded: FieldFilter) -> c.TruthNode | None:
    """Under which condition every record that passes `where` also passes the filter; None where that is not sure."""
    limits: list[float] = []

    def leaf(node: c.TruthNode) -> c.TruthNode | None:
        match node, excluded.value:
            case c.Among(path, codes, _), frozenset() as wanted if path in excluded.fields:
                return FALSE if codes <= wanted else UNKNOWN
            case c.IsYes(path), True if path in excluded.fields:
                return FALSE
            case c.Within(c.Fact(path), _, possibly), Interval() as wanted if path in excluded.fields:
                return FALSE if wanted.lo <= possibly.lo and possibly.hi <= wanted.hi else UNKNOWN
            case c.Within(c.Fact(path), _, possibly), FactRef() if path in excluded.fields and possibly.lo > -inf:
                limits.append(possibly.lo)
                return FALSE
            case ((c.Among() | c.IsYes() | c.Within() | c.Exists()), _):
                return UNKNOWN
        return None

    if _replaced(where, leaf) != FALSE:
        return None
    if not isinstance(excluded.value, FactRef):
        return TRUE
    field = declared().field(excluded.value.path)
    assert isinstance(field, QuantityField)
    below = Interval(-inf, min(limits) - field.dimension.step)
    return c.Within(c.Fact(excluded.value.path), below, below)


def _replaced(node: c.TruthNode, leaf: Leaf) -> c.TruthNode:
    """The node with its leaves replaced, and simplified where they became constant."""
    new = leaf(node)
    if new is not None:
        return new
    return _rebuilt(node, lambda part: _replaced(part, leaf))


def _rebuilt(node: c.TruthNode, change: Callable[[c.TruthNode], c.TruthNode]) -> c.TruthNode:
    match node:
        case c.All(parts):
            return _all(change(part) for part in parts)
        case c.Any(parts):
            return _any(change(part) for part in parts)
        case c.Not(part):
            return _not(change(part))
        case c.Named(name, part):
            changed = change(part)
            return changed if changed in (TRUE, FALSE, UNKNOWN) else c.Named(name, changed)
        case c.AtLeast(count, parts):
            return c.AtLeast(count, tuple(change(part) for part in parts))
        case c.Consensus(parts):
            return c.Consensus(tuple(change(part) for part in parts))
        case c.Agreed(sources):
            changed_sources = tuple(source for part in sources if (source := change(part)) != UNKNOWN)
            return c.Agreed(changed_sources) if changed_sources else UNKNOWN
        case c.Preferred(first, otherwise):
            preferred = change(first)
            if preferred in (TRUE, FALSE):
                return preferred
            return change(otherwise) if preferred == UNKNOWN else c.Preferred(preferred, change(otherwise))
        case _:
            return node


def _all(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    kept = [part for part in parts if part != TRUE]
    if FALSE in kept:
        return FALSE
    return kept[0] if len(kept) == 1 else c.All(tuple(kept))


def _any(parts: Iterable[c.TruthNode]) -> c.TruthNode:
    kept = [part for part in parts if part != FALSE]
    if TRUE in kept:
        return TRUE
    return kept[0] if len(kept) == 1 else c.Any(tuple(kept))


def _not(part: c.TruthNode) -> c.TruthNode:
    constants = {TRUE: FALSE, FALSE: TRUE, UNKNOWN: UNKNOWN}
    return constants.get(part) or c.Not(part)
