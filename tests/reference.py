"""The reference evaluator: slow and obvious, the definitions of the algebra over plain dicts, patient by patient.

A patient is a dict. The value at the path of a fact is None, a code, True or False, or a pair (low, high). The value at
the path of a table is {"records": [...], "complete": True, False or None}; a record is a dict of facts by bare name.
Only the node classes are shared with the engines.
"""

from collections.abc import Iterator
from math import inf
from typing import Any, TypeAlias

from matching import nodes as c

Patient: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[str, dict[str, Any]] | None
"""The table and the record that a filter is applied to; None outside filters."""

TRUE, UNKNOWN, FALSE = 1, 0, -1


def truth(node: c.TruthNode, patient: Patient, row: Row = None) -> int:
    """The truth of a criterion for a patient or, inside a filter, for a record."""
    match node:
        case c.All(parts):
            return min((truth(part, patient, row) for part in parts), default=TRUE)
        case c.Any(parts):
            return max((truth(part, patient, row) for part in parts), default=FALSE)
        case c.Not(part):
            return -truth(part, patient, row)
        case c.AtLeast(count, parts):
            return at_least(count, [truth(part, patient, row) for part in parts])
        case c.Within(n, inside, possibly):
            return within(number(n, patient, row), inside, possibly)
        case c.Among(fact, codes, possible):
            return among(value_of(fact, patient, row), codes, possible)
        case c.IsYes(fact):
            return {True: TRUE, False: FALSE, None: UNKNOWN}[value_of(fact, patient, row)]
        case c.Exists(records):
            return exists(records, patient)
        case c.Confirm(_, favourable):
            return TRUE if favourable else FALSE
        case c.Named(_, part):
            return truth(part, patient, row)
        case c.Consensus(parts):
            return unanimous({truth(part, patient, row) for part in parts})
        case c.Agreed(sources):
            return unanimous({truth(source, patient, row) for source in sources} - {UNKNOWN})
        case c.Preferred(first, otherwise):
            return truth(first, patient, row) or truth(otherwise, patient, row)
    raise TypeError(node)


def value_of(path: str, patient: Patient, row: Row) -> Any:
    """The value of a fact: of the record, if the path names one of its fields; else of the patient."""
    if row is not None:
        table, record = row
        above, _, name = path.rpartition(".")
        if above == table:
            return record.get(name)
    return patient.get(path)


def among(code: str | None, codes: frozenset[str], possible: frozenset[str]) -> int:
    if code is None:
        return UNKNOWN
    if code in codes:
        return TRUE
    return UNKNOWN if code in possible else FALSE


def within(known: tuple[float, float], inside: c.Interval, possibly: c.Interval) -> int:
    low, high = known
    if inside.lo <= low and high <= inside.hi:
        return TRUE
    if high < possibly.lo or possibly.hi < low:
        return FALSE
    return UNKNOWN


def at_least(count: int, truths: list[int]) -> int:
    if len([truth for truth in truths if truth == TRUE]) >= count:
        return TRUE
    if len([truth for truth in truths if truth != FALSE]) < count:
        return FALSE
    return UNKNOWN


def unanimous(truths: set[int]) -> int:
    return truths.pop() if len(truths) == 1 else UNKNOWN


# --- records --------------------------------------------------------------------------------------


def filtered(records: c.Records, patient: Patient) -> list[tuple[int, dict[str, Any]]]:
    """Each record of the table, with the truth of the filter for it."""
    table = patient.get(records.table) or {"records": []}
    return [(truth(records.where, patient, (records.table, record)), record) for record in table["records"]]


def is_complete(records: c.Records, patient: Patient) -> bool:
    table = patient.get(records.table) or {"complete": None}
    return table["complete"] is True or truth(records.complete_if, patient) == TRUE


def exists(records: c.Records, patient: Patient) -> int:
    truths = [match for match, _ in filtered(records, patient)]
    if TRUE in truths:
        return TRUE
    if UNKNOWN in truths or not is_complete(records, patient):
        return UNKNOWN
    return FALSE


# --- numbers --------------------------------------------------------------------------------------


def number(node: c.NumberNode, patient: Patient, row: Row = None) -> tuple[float, float]:
    """The lowest and the highest value that a number can have."""
    match node:
        case c.Fact(path):
            return value_of(path, patient, row) or (-inf, inf)
        case c.Narrowed(sources):
            return allowed_by_all([number(source, patient, row) for source in sources])
        case c.Count(records):
            truths = [match for match, _ in filtered(records, patient)]
            low, high = truths.count(TRUE), truths.count(TRUE) + truths.count(UNKNOWN)
        case c.Total(records, fact):
            sure, possible = measured(records, fact, patient)
            low, high = sum(max(low, 0) for low, _ in sure), sum(high for _, high in possible)
        case c.Largest(records, fact):
            sure, possible = measured(records, fact, patient)
            low, high = max((low for low, _ in sure), default=-inf), max((high for _, high in possible), default=-inf)
        case c.Smallest(records, fact):
            sure, possible = measured(records, fact, patient)
            low, high = min((low for low, _ in possible), default=inf), min((high for _, high in sure), default=inf)
            return (low if is_complete(records, patient) else -inf), high
        case _:
            raise TypeError(node)
    return low, (high if is_complete(records, patient) else inf)


def measured(records: c.Records, fact: str, patient: Patient) -> tuple[list[Any], list[Any]]:
    """The values of a quantity over the records that surely match, and over those that may."""
    found = [
        (match, value_of(fact, patient, (records.table, record)) or (-inf, inf))
        for match, record in filtered(records, patient)
    ]
    return [value for match, value in found if match == TRUE], [value for match, value in found if match != FALSE]


def allowed_by_all(ranges: list[tuple[float, float]]) -> tuple[float, float]:
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    return (low, high) if low <= high else (-inf, inf)


# --- contradictions -------------------------------------------------------------------------------


def contradicts(node: c.Node, patient: Patient, row: Row = None) -> bool:
    """Whether sources of a fact contradict each other, anywhere in the criterion, for any record."""
    if isinstance(node, c.Records):
        rows = [(node.table, record) for _, record in filtered(node, patient)]
        inside = any(contradicts(node.where, patient, row) for row in rows)
        return inside or contradicts(node.complete_if, patient)
    return disagree(node, patient, row) or any(contradicts(below, patient, row) for below in c.children(node))


def disagree(node: c.Node, patient: Patient, row: Row) -> bool:
    match node:
        case c.Agreed(sources):
            return {TRUE, FALSE} <= {truth(source, patient, row) for source in sources}
        case c.Preferred(first, otherwise):
            return {TRUE, FALSE} <= {truth(first, patient, row), truth(otherwise, patient, row)}
        case c.Narrowed(sources):
            ranges = [number(source, patient, row) for source in sources]
            return max(low for low, _ in ranges) > min(high for _, high in ranges)
        case _:
            return False


def lists(node: c.Node) -> Iterator[c.Records]:
    """Every filtered list in a criterion."""
    return (below for below in c.walk(node) if isinstance(below, c.Records))
