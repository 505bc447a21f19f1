"""What a node reads: facts of the patient, or those of the records that a filter looks at."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from matching import nodes as c

Joined: TypeAlias = c.Narrowed | c.Agreed | c.Preferred
"""Nodes that join several sources of one fact, which may contradict each other."""


def belongs_to(path: str, table: str) -> bool:
    """Whether the path names a field of the table's records."""
    return path.startswith(table + ".") and "." not in path[len(table) + 1 :]


def field_of(path: str, table: str) -> str:
    """The name of a field within the records of its table."""
    return path[len(table) + 1 :]


class ReadFrom(NamedTuple):
    """Where a node is read: on the patient, or on one record of a table."""

    table: str | None = None
    row: int = 0

    def path(self, fact: str) -> str:
        """Where the fact stands in the summary: with the number of the record, if it is one of a record."""
        if self.table is not None and belongs_to(fact, self.table):
            return f"{self.table}[{self.row}].{field_of(fact, self.table)}"
        return fact


PATIENT = ReadFrom()


@lru_cache(maxsize=1 << 16)
def mentions(node: c.Node, table: str) -> bool:
    """Whether the node reads a field of the table's records, so that its value differs from record to record.

    Raises: ValueError when a filter on another table does.
    """
    match node:
        case c.Among(path, _, _) | c.Holds(path) | c.Fact(path):
            return belongs_to(path, table)
        case c.Records(inner, where, _):
            if inner != table and mentions(where, table):
                raise ValueError(f"a filter on {inner} mentions the records of {table}")
            return False
        case _:
            return any(mentions(child, table) for child in c.children(node))


@lru_cache(maxsize=1 << 16)
def reads(node: c.Node) -> frozenset[str]:
    """The facts and tables on which the node's value depends."""
    match node:
        case c.Among(path, _, _) | c.Holds(path) | c.Fact(path):
            return frozenset({path})
        case c.Records(table, where, settled_by):
            outside = (path for path in reads(where) if not belongs_to(path, table))
            return frozenset({table, *outside}) | reads(settled_by)
        case _:
            return frozenset().union(*map(reads, c.children(node)))


@lru_cache(maxsize=64)
def joins(roots: tuple[c.TruthNode, ...]) -> tuple[tuple[Joined, str | None], ...]:
    """Each joining node in the criteria, with the table whose records it speaks of, if it does; children first."""
    return tuple(dict.fromkeys(found for root in roots for found in _joins(root, None)))


@lru_cache(maxsize=1 << 16)
def _joins(node: c.Node, scope: str | None) -> tuple[tuple[Joined, str | None], ...]:
    inside = scope if scope is not None and mentions(node, scope) else None
    return tuple(dict.fromkeys(_joins_below(node, inside)))


def _joins_below(node: c.Node, scope: str | None) -> Iterator[tuple[Joined, str | None]]:
    if isinstance(node, c.Records):
        yield from _joins(node.where, node.table)
        yield from _joins(node.settled_by, None)
        return
    for child in c.children(node):
        yield from _joins(child, scope)
    if isinstance(node, Joined):
        yield node, scope
