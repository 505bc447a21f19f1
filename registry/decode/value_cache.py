"""A bounded cache of a function's results, with an optional bulk path."""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from typing import Any, TypeAlias

from registry.limits import MAX_CACHED_VALUES, MIN_BULK_VALUES

BulkFunction: TypeAlias = Callable[[Sequence[Any]], Mapping[int, Any]]
"""Returns results by the position of the value; values that it omits are computed one by one."""


class ValueCache:
    """Caches `compute(value)`. `compute_many` may give the same results for some of many values at once."""

    def __init__(self, compute: Callable[[Any], Any], compute_many: BulkFunction | None = None) -> None:
        self._compute, self._compute_many = compute, compute_many
        self._known: dict[Any, Any] = {}

    def get_all(self, values: Sequence[Any]) -> list[Any]:
        """Return the result of each value."""
        keys: Sequence[Any] = values if set(map(type, values)) == {str} else list(map(cache_key, values))
        results = list(map(self._known.get, keys, repeat(self)))
        new = [place for place, result in enumerate(results) if result is self]
        compute_many = self._compute_many if len(new) > MIN_BULK_VALUES else None
        bulk = compute_many([values[place] for place in new]) if compute_many is not None else {}
        for number, place in enumerate(new):
            key = keys[place]
            if number in bulk:
                results[place] = self._known[key] = bulk[number]
            else:
                results[place] = self._get(values[place], key)
        self._limit_size()
        return results

    def get(self, value: Any) -> Any:
        """Return the result of a value."""
        result = self._get(value, cache_key(value))
        self._limit_size()
        return result

    def _get(self, value: Any, key: Any) -> Any:
        result = self._known.get(key, self)
        if result is self:
            result = self._known[key] = self._compute(value)
        return result

    def _limit_size(self) -> None:
        if len(self._known) > MAX_CACHED_VALUES:
            self._known.clear()


def cache_key(value: Any) -> Any:
    """Return a key that keeps 1, 1.0 and true apart, which are equal; text is the usual case and its own key."""
    return value if value.__class__ is str else (value.__class__, repr(value))
