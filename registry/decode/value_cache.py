"""Answers kept for values that come again."""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, TypeAlias

KEPT = 20_000
"""Distinct values that one process remembers of a column or fact; of names and notes there is no end."""

MANY = 50
"""New values that are worth asking for together."""

AskMany: TypeAlias = Callable[[Sequence[Any]], Mapping[int, Any]]
"""Answers by the place of the value."""


class ValueCache:
    """What a function said of the values it has seen. `ask_many` may answer the same for some of many."""

    def __init__(self, ask: Callable[[Any], Any], ask_many: AskMany | None = None) -> None:
        self._ask, self._ask_many = ask, ask_many
        self._known: dict[Any, Any] = {}

    def all(self, values: Sequence[Any]) -> list[Any]:
        """What it says of each."""
        keys: Sequence[Any] = values if set(map(type, values)) == {str} else list(map(_key, values))
        found = list(map(self._known.get, keys, repeat(self)))
        fresh = [place for place, one in enumerate(found) if one is self]
        ask_many = self._ask_many if len(fresh) > MANY else None
        answers = ask_many([values[place] for place in fresh]) if ask_many is not None else {}
        for number, place in enumerate(fresh):
            key = keys[place]
            if number in answers:
                found[place] = self._known[key] = answers[number]
            else:
                found[place] = self._one(values[place], key)
        self._make_room()
        return found

    def one(self, value: Any) -> Any:
        """What it says of this one."""
        known = self._one(value, _key(value))
        self._make_room()
        return known

    def _one(self, value: Any, key: Any) -> Any:
        known = self._known.get(key, self)
        if known is self:
            known = self._known[key] = self._ask(value)
        return known

    def _make_room(self) -> None:
        if len(self._known) > KEPT:
            self._known.clear()


def _key(value: Any) -> Any:
    """1, 1.0 and true are equal and not the same; text is the usual case and needs no mark."""
    return value if value.__class__ is str else (value.__class__, repr(value))
