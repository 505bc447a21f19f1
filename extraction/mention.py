"""A fact as a recogniser found it in the text."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

UNUSED_CONTEXTS = frozenset(
    {"negated", "family", "planned", "conditional", "other_person", "superseded", "benign", "unsettled"}
)
"""Contexts in which a mention is shown but never matched."""


@dataclass(eq=False, slots=True)
class Mention:
    """One fact as found in the text. `context` has the categories of its cues; `cue` is the text of the deciding cue.

    Treat it as immutable. It is not frozen, because that would make creating it four times as expensive.
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
        """Yield every span of text behind it."""
        yield self.start, self.end
        yield from self.more_spans
