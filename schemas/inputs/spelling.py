"""What somebody may have meant by a word that is none of those known."""

from bisect import bisect_left
from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils

LONGEST = 60
"""Characters that are looked at: no code is longer by much."""

SURE, NEAR = 85.0, 65.0
"""Shares of letters in common, in hundredths (`rapidfuzz.fuzz.ratio`): a slip of the pen, and the least that is told. A
letter too few or two changed places are beyond `NEAR` in words of three letters; hardly a random word is."""

BEGINNING, ALONE = 4, 3
"""Letters of which an abbreviation has at least so many, and a word that stands for a whole choice."""


class Spellings:
    """Known words, prepared once for any number of unknown ones. Case and punctuation do not count."""

    def __init__(self, choices: Iterable[str]) -> None:
        self._choices = list(choices)
        self._plain = [utils.default_process(choice) for choice in self._choices]
        self._places = {plain: place for place, plain in reversed(list(enumerate(self._plain)))}
        self._sorted = sorted(self._places)
        self._by_words = {_in_order(plain): place for plain, place in reversed(list(self._places.items()))}

    def nearest(self, word: str) -> str | None:
        """The choice that was probably meant: misspelt, in another order, begun, or with more words beside it."""
        asked = utils.default_process(word[:LONGEST])
        if not asked:
            return None
        spelt = process.extractOne(asked, self._plain, scorer=fuzz.ratio, processor=None, score_cutoff=NEAR)
        if spelt is not None and spelt[1] >= SURE:
            return self._choices[spelt[2]]
        place = self._in_other_words(asked)
        if place is not None:
            return self._choices[place]
        return None if spelt is None else self._choices[spelt[2]]

    def _in_other_words(self, asked: str) -> int | None:
        place = self._by_words.get(_in_order(asked))
        if place is not None:
            return place
        if len(asked) >= BEGINNING:
            first = bisect_left(self._sorted, asked)
            if first < len(self._sorted) and self._sorted[first].startswith(asked):
                return self._places[self._sorted[first]]
        whole = [word for word in asked.split() if len(word) >= ALONE and word in self._places]
        return self._places[max(whole, key=len)] if whole else None


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The one of a few choices that was probably meant by the word, if any."""
    return Spellings(choices).nearest(word)


def _in_order(text: str) -> str:
    return " ".join(sorted(text.split()))
