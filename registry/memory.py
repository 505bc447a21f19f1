"""Answers kept for values that come again."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

KEPT = 200_000
"""Distinct values that one process remembers of a column or fact; continuous ones may be endless."""


class Memory:
    """What a function said of the values it has seen."""

    def __init__(self, ask: Callable[[Any], Any]) -> None:
        self._ask = ask
        self._known: dict[Any, Any] = {}

    def all(self, values: Sequence[Any]) -> list[Any]:
        """What it says of each."""
        if set(map(type, values)) != {str}:
            return [self.one(value) for value in values]
        found = list(map(self._known.get, values, repeat(self)))
        for place, one in enumerate(found):
            if one is self:
                found[place] = self.one(values[place])
        return found

    def one(self, value: Any) -> Any:
        # 1, 1.0 and true are equal and not the same; text is the usual case and needs no mark.
        key = value if value.__class__ is str else (value.__class__, repr(value))
        known = self._known.get(key, self)
        if known is self:
            if len(self._known) > KEPT:
                self._known.clear()
            known = self._known[key] = self._ask(value)
        return known
