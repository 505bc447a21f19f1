"""A fact as a recogniser read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

UNUSED_CONTEXTS = frozenset(
    {"negated", "family", "planned", "conditional", "other_person", "superseded", "benign", "unsettled"}
)
"""What is said in such a context is shown, and never matched."""


@dataclass(eq=False, slots=True)
class Mention:
    """One fact as a recogniser read it. `context` says of whom, when and whether; `cue` is the phrase that told so.

    Never changed once made; not frozen, as that makes each four times as dear.
    """

    kind: str
    value: Mapping[str, Any]
    start: int
    end: int
    rule: str
    context: frozenset[str] = frozenset()
    cue: str = ""
    certainty: str = "stated"
    more_spans: tuple[tuple[int, int], ...] = field(default=())

    @property
    def used(self) -> bool:
        """Whether it may reach the matcher."""
        return self.context.isdisjoint(UNUSED_CONTEXTS)

    def spans(self) -> Iterator[tuple[int, int]]:
        """Every stretch of text behind it."""
        yield self.start, self.end
        yield from self.more_spans
