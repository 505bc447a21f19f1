"""Where in a text a costly pattern is worth trying: around the words without which it cannot match."""

import re
from collections.abc import Iterable, Iterator


def windows(text: str, key: re.Pattern[str], before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches around each match of `key`, overlapping ones joined. Units: characters."""
    start = end = -1
    for match in key.finditer(text):
        low, high = max(0, match.start() - before), min(len(text), match.end() + after)
        if low > end:
            if end >= 0:
                yield start, end
            start = low
        end = high
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


def matches(
    text: str, pattern: re.Pattern[str], key: re.Pattern[str], before: int, after: int
) -> Iterator[re.Match[str]]:
    """The matches of a pattern near its key words."""
    for start, end in windows(text, key, before, after):
        yield from pattern.finditer(text, start, end)
