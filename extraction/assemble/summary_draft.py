"""A summary under construction: each value with the mentions that support it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from extraction.mention import Mention


@dataclass
class SummaryDraft:
    """The summary so far, the mentions behind each path, and the contradictions."""

    mentions: list[Mention]
    as_of: int | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[Mention]] = field(default_factory=dict)
    contradictions: list[dict[str, Any]] = field(default_factory=list)

    burden: dict[str, Any] | None = None

    def used(self, *kinds: str) -> list[Mention]:
        """Return the mentions of some kinds that may reach the matcher, in the order of the text."""
        return [mention for mention in self.of_kinds(*kinds) if mention.used]

    def of_kinds(self, *kinds: str) -> list[Mention]:
        """Return the mentions of some kinds in any context, in the order of the text."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        mentions = [mention for kind in kinds for mention in self._by_kind.get(kind, ())]
        return sorted(mentions, key=lambda mention: mention.start)

    @cached_property
    def _by_kind(self) -> dict[str, list[Mention]]:
        by_kind: dict[str, list[Mention]] = {}
        for mention in sorted(self.mentions, key=lambda mention: mention.start):
            by_kind.setdefault(mention.kind, []).append(mention)
        return by_kind

    def set_value(self, path: str, value: Any, sources: Iterable[Mention]) -> None:
        """Set the value at a dotted path and record its sources."""
        *parents, name = path.split(".")
        parent = self.summary
        for key in parents:
            parent = parent.setdefault(key, {})
        parent[name] = value
        self.sources.setdefault(path, []).extend(sources)

    def add_record(self, path: str, record: dict[str, Any], sources: Iterable[Mention]) -> None:
        """Append a record to the list at a dotted path and record its sources."""
        *parents, name = path.split(".")
        parent = self.summary
        for key in parents:
            parent = parent.setdefault(key, {})
        records = parent.setdefault(name, [])
        records.append(record)
        self.sources.setdefault(f"{path}[{len(records) - 1}]", []).extend(sources)

    def add_contradiction(self, fact: str, sources: Iterable[Mention]) -> None:
        """Record that statements about a fact contradict each other; the fact stays unknown."""
        self.contradictions.append({"fact": fact, "spans": [(mention.start, mention.end) for mention in sources]})
