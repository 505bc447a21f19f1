"""The parts of a group as a curator wrote them, each with its place and the node it stands for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from matching.nodes import TruthNode
from schemas.criteria.language import BESIDE, CriterionContext, read_criterion

LISTS = ("all", "any", "at_least")
ODD_AS_PRINTED = ("as_printed", "suspected_typo", "conflict")


@dataclass(frozen=True)
class GroupPart:
    """One part of a group. `role` is its key: `of` in a list, `criterion` below `not`, `if`, `then` or `else`."""

    role: str
    path: str
    written: Mapping[str, Any]
    node: TruthNode

    @property
    def as_printed(self) -> bool:
        """Whether the curator says that the source itself is odd here."""
        return self.written.get("source_quality") in ODD_AS_PRINTED


def kind_of(written: Mapping[str, Any]) -> str:
    """The kind of a criterion that was read without fault."""
    return next(key for key in written if key not in BESIDE)


def parts_of(written: Mapping[str, Any], context: CriterionContext) -> tuple[GroupPart, ...]:
    """The criteria directly below a group; none below any other kind."""
    kind = kind_of(written)
    here, body = context.at(kind), written[kind]
    found = ((role, one, read_criterion(one, place).node, place.path) for role, one, place in _below(kind, body, here))
    return tuple(GroupPart(role, path, one, node) for role, one, node, path in found)


def _below(kind: str, body: Any, here: CriterionContext) -> Iterator[tuple[str, Any, CriterionContext]]:
    if kind in LISTS:
        listed = body["of"] if isinstance(body, Mapping) else body
        place = here.at("of") if kind == "at_least" else here
        yield from (("of", one, place.at(number)) for number, one in enumerate(listed))
    elif kind == "not":
        yield "criterion", body, here
    elif kind == "when":
        yield from ((role, body[role], here.at(role)) for role in ("if", "then", "else") if role in body)
