"""Finds the facts and lists that a node reads, of the patient or of the records that a filter selects from."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from matching import nodes as c

JoiningNode: TypeAlias = c.Narrowed | c.Agreed | c.Preferred
"""Nodes that join several sources of one fact, which may contradict each other."""


def belongs_to(path: str, table: str) -> bool:
    """Whether the path names a field of the table's records."""
    return path.startswith(table + ".") and "." not in path[len(table) + 1 :]


def field_of(path: str, table: str) -> str:
    """The name of a field within the records of its table."""
    return path[len(table) + 1 :]


class Scope(NamedTuple):
    """What a node is evaluated for: the patient, or one record of a table."""

    table: str | None = None
    row: int = 0

    def path(self, fact: str) -> str:
        """The path of the fact in the summary, with the number of the record if a record contains it."""
        if self.table is not None and belongs_to(fact, self.table):
            return f"{self.table}[{self.row}].{field_of(fact, self.table)}"
        return fact


PATIENT = Scope()


@lru_cache(maxsize=1 << 16)
def mentions(node: c.Node, table: str) -> bool:
    """Whether the node reads a field of the table's records, so that its value may differ between records.

    Raises: ValueError when a filter on another table reads one.
    """
    match node:
        case c.Among(path, _, _) | c.IsYes(path) | c.Fact(path):
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
        case c.Among(path, _, _) | c.IsYes(path) | c.Fact(path):
            return frozenset({path})
        case c.Records(table, where, complete_if):
            outside = (path for path in reads(where) if not belongs_to(path, table))
            return frozenset({table, *outside}) | reads(complete_if)
        case _:
            return frozenset().union(*map(reads, c.children(node)))


@lru_cache(maxsize=64)
def joining_nodes(roots: tuple[c.TruthNode, ...]) -> tuple[tuple[JoiningNode, str | None], ...]:
    """Each joining node in the criteria, children first, with the table whose records it reads, if any."""
    return tuple(dict.fromkeys(entry for root in roots for entry in _joining(root, None)))


@lru_cache(maxsize=1 << 16)
def _joining(node: c.Node, table: str | None) -> tuple[tuple[JoiningNode, str | None], ...]:
    inside = table if table is not None and mentions(node, table) else None
    return tuple(dict.fromkeys(_joining_below(node, inside)))


def _joining_below(node: c.Node, table: str | None) -> Iterator[tuple[JoiningNode, str | None]]:
    if isinstance(node, c.Records):
        yield from _joining(node.where, node.table)
        yield from _joining(node.complete_if, None)
        return
    for child in c.children(node):
        yield from _joining(child, table)
    if isinstance(node, JoiningNode):
        yield node, table
