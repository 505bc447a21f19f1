"""Where in a text a costly pattern is worth trying: around the words without which it cannot match."""

import re
from collections.abc import Iterable, Iterator

Key = re.Pattern[str] | tuple[str, ...]
"""The words without which a pattern cannot match: plain pieces of text where they will do, as those are found "
"faster."""


def places(text: str, key: Key) -> list[tuple[int, int]]:
    """Where a key occurs, in order."""
    if isinstance(key, re.Pattern):
        return [match.span() for match in key.finditer(text)]
    found = []
    for word in key:
        place = text.find(word)
        while place >= 0:
            found.append((place, place + len(word)))
            place = text.find(word, place + 1)
    found.sort()
    return found


def windows(text: str, key: Key, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches around each match of `key`, overlapping ones joined. Units: characters."""
    start = end = -1
    for first, last in places(text, key):
        low, high = max(0, first - before), min(len(text), last + after)
        if low > end:
            if end >= 0:
                yield start, end
            start = low
        end = max(end, high)
    if end >= 0:
        yield start, end


def joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Stretches in order, those that touch or overlap as one."""
    start = end = -1
    for low, high in spans:
        if low > end + 1:
            if end >= 0:
                yield start, end
            start = low
        end = max(end, high)
    if end >= 0:
        yield start, end


def matches(text: str, pattern: re.Pattern[str], key: Key, before: int, after: int) -> Iterator[re.Match[str]]:
    """The matches of a pattern near its key words."""
    for start, end in windows(text, key, before, after):
        yield from pattern.finditer(text, start, end)
