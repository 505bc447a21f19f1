"""Branches of a trial's groups that can never decide: a part that cannot hold, or that another part goes before."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from authoring.branches import GroupPart, kind_of, parts_of
from matching.solver.conditions import Formula, WantedOutcome, conditions
from matching.solver.satisfiable import Search
from schemas.criteria.definitions import packaged_definitions
from schemas.criteria.language import CriterionContext
from schemas.inputs.faults import Fault

MAX_PARTS = 100
"""Parts of one group that are compared with each other."""


def branch_faults(
    search: Search, written: Mapping[str, Any], path: str, beside: tuple[Formula, ...]
) -> Iterator[Fault]:
    """The branches of a group, and of the groups below, that decide nothing.

    `beside` holds of every patient whom the group can help: what the rest of the trial asks for.
    """
    kind, parts = kind_of(written), parts_of(written, CriterionContext(path, packaged_definitions().node))
    if kind == "when":
        yield from _when(search, parts, beside)
    elif kind in ("any", "at_least"):
        yield from _dead(search, parts, beside)
    if kind == "any":
        yield from _redundant(search, parts)
    for part in parts:
        inner = _siblings(kind, part, parts, beside)
        yield from branch_faults(search, part.written, part.path, inner)


def _siblings(
    kind: str, part: GroupPart, parts: Sequence[GroupPart], beside: tuple[Formula, ...]
) -> tuple[Formula, ...]:
    """What holds beside a part: nothing is sure below a negation, where a part that holds does not help."""
    match kind, part.role:
        case "all", _:
            return (*beside, *(conditions(one.node, WantedOutcome.TRUE) for one in parts if one is not part))
        case "not", _:
            return ()
        case "when", "then":
            return (*beside, conditions(parts[0].node, WantedOutcome.TRUE))
        case "when", "else":
            return (*beside, conditions(parts[0].node, WantedOutcome.FALSE))
        case _:
            return beside


def _when(search: Search, parts: Sequence[GroupPart], beside: tuple[Formula, ...]) -> Iterator[Fault]:
    condition, then, *otherwise = parts
    if not search.can_be(condition.node, WantedOutcome.TRUE, *beside):
        yield Fault(then.path, "never reached: no patient who meets the rest fulfils the condition")
    elif not search.can_be(condition.node, WantedOutcome.FALSE, *beside):
        said = "every patient who meets the rest fulfils the condition"
        place = otherwise[0].path if otherwise else condition.path
        yield Fault(place, f"never reached: {said}" if otherwise else f"decides nothing: {said}")


def _dead(search: Search, parts: Sequence[GroupPart], beside: tuple[Formula, ...]) -> Iterator[Fault]:
    for part in parts:
        if part.as_printed:
            continue
        if not search.can_be(part.node, WantedOutcome.TRUE):
            yield Fault(part.path, "this branch can never hold")
        elif not search.can_be(part.node, WantedOutcome.TRUE, *beside):
            yield Fault(part.path, "this branch can never hold of a patient who meets the rest of the trial")


def _redundant(search: Search, parts: Sequence[GroupPart]) -> Iterator[Fault]:
    """Branches that hold only where another holds; of two that are the same, the last."""
    if len(parts) > MAX_PARTS:
        return
    left = [part for part in parts if search.can_be(part.node, WantedOutcome.TRUE)]
    for part in reversed(left.copy()):
        others = [one for one in left if one is not part]
        denied = (conditions(one.node, WantedOutcome.NOT_TRUE) for one in others)
        if others and not part.as_printed and not search.can_be(part.node, WantedOutcome.TRUE, *denied):
            left.remove(part)
            yield Fault(part.path, "this branch decides nothing: whoever meets it meets another one")
