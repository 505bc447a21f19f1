"""Suggests the known word that an unknown word was probably meant to be."""

from bisect import bisect_left
from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

MAX_LENGTH = 60
"""Characters that are compared; codes are hardly longer."""

MISSPELT, SIMILAR = 85.0, 65.0
"""Similarity in percent (`rapidfuzz.fuzz.ratio`) of a clear misspelling, and the least that is suggested. A missing
letter or two swapped letters reach `SIMILAR` even in words of three letters; random words hardly ever do."""

MIN_PREFIX, MIN_WORD = 4, 3
"""Letters that an abbreviation must have, and that a word must have to identify a choice alone."""


class Spellings:
    """Known words, indexed once for many lookups. Case and punctuation are ignored."""

    def __init__(self, choices: Iterable[str]) -> None:
        self._choices = list(choices)
        self._normalised = [utils.default_process(choice) for choice in self._choices]
        self._index_of = {text: index for index, text in reversed(list(enumerate(self._normalised)))}
        self._sorted = sorted(self._index_of)
        self._by_word_order = {_sorted_words(text): index for text, index in reversed(list(self._index_of.items()))}

    def nearest(self, word: str) -> str | None:
        """The choice that was probably meant: misspelt, abbreviated, in another word order or with more words."""
        text = utils.default_process(word[:MAX_LENGTH])
        if not text:
            return None
        similar = process.extractOne(text, self._normalised, scorer=fuzz.ratio, processor=None, score_cutoff=SIMILAR)
        if similar is not None and similar[1] >= MISSPELT:
            return self._choices[similar[2]]
        index = self._by_words(text)
        if index is not None:
            return self._choices[index]
        return None if similar is None else self._choices[similar[2]]

    def _by_words(self, text: str) -> int | None:
        """The index of a choice with the same words, with this beginning, or that is one of the words."""
        index = self._by_word_order.get(_sorted_words(text))
        if index is not None:
            return index
        if len(text) >= MIN_PREFIX:
            first = bisect_left(self._sorted, text)
            if first < len(self._sorted) and self._sorted[first].startswith(text):
                return self._index_of[self._sorted[first]]
        known = [word for word in text.split() if len(word) >= MIN_WORD and word in self._index_of]
        return self._index_of[max(known, key=len)] if known else None


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant by the word, if any; for few choices or a single lookup."""
    return Spellings(choices).nearest(word)


def _sorted_words(text: str) -> str:
    return " ".join(sorted(text.split()))
