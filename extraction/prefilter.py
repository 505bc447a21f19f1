"""Where in a text a costly pattern is worth trying: around the words without which it cannot match."""

import re
from collections.abc import Iterable, Iterator

Prefilter = re.Pattern[str] | tuple[str, ...]
"""The words without which a pattern cannot match: plain pieces of text where they will do, as those are found "
"faster."""


def spans_of(text: str, key: Prefilter) -> list[tuple[int, int]]:
    """Where a key occurs, in order."""
    if isinstance(key, re.Pattern):
        return [match.span() for match in key.finditer(text)]
    found = []
    for word in key:
        place = text.find(word)
        while place >= 0:
            found.append((place, place + len(word)))
            place = text.find(word, place + 1)
    if len(found) > 1:
        found.sort()
    return found


def contains_any(text: str, pieces: Iterable[str]) -> bool:
    """Whether a text holds one of some pieces: a hundred times cheaper than a pattern of which each match holds one."""
    for piece in pieces:  # noqa: SIM110 - a generator would take twice as long
        if piece in text:
            return True
    return False


def windows_around(text: str, key: Prefilter, before: int, after: int) -> list[tuple[int, int]]:
    """Stretches around each match of `key`, overlapping ones joined. Units: characters."""
    out: list[tuple[int, int]] = []
    start, end, length = 0, -1, len(text)
    for first, last in spans_of(text, key):
        if first - before > end:
            if end >= 0:
                out.append((start, min(end, length)))
            start, end = max(0, first - before), last + after
        elif last + after > end:
            end = last + after
    if end >= 0:
        out.append((start, min(end, length)))
    return out


def merge_spans(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
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


def matches_near(
    text: str, pattern: re.Pattern[str], key: Prefilter, before: int, after: int
) -> Iterator[re.Match[str]]:
    """The matches of a pattern near its key words."""
    for start, end in windows_around(text, key, before, after):
        yield from pattern.finditer(text, start, end)
