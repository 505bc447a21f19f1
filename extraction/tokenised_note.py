"""What recognisers read and what they find: plain data, so that nothing of spaCy outlives a note."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from extraction.prefilter import Key, holds, joined, places


class PhraseHit(NamedTuple):
    """A known phrase at its place: `kind` is the vocabulary or the kind of cue, `code` what it stands for."""

    kind: str
    code: str
    start: int
    end: int


class NoteSentence(NamedTuple):
    """A stretch of text that is read by itself. `section` is the heading above it, if it has one."""

    start: int
    end: int
    section: str


@dataclass(frozen=True)
class TokenisedNote:
    """A note after tokenising. A place in the text is the same place in `flat` and in `lower`, its small letters."""

    text: str
    flat: str
    lower: str
    sentences: tuple[NoteSentence, ...]
    terms: tuple[PhraseHit, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def _by_kind(self) -> dict[str, list[PhraseHit]]:
        out: dict[str, list[PhraseHit]] = {}
        for term in self.terms:
            out.setdefault(term.kind, []).append(term)
        return out

    @cached_property
    def _by_sentence(self) -> dict[int, dict[str, list[PhraseHit]]]:
        out: dict[int, dict[str, list[PhraseHit]]] = {}
        here: dict[str, list[PhraseHit]] = {}
        starts, index, end = self._starts, -1, -1
        for term in self.terms:
            kind, _, start, _ = term
            if start >= end:
                index = bisect_right(starts, start, max(0, index)) - 1
                end = starts[index + 1] if index + 1 < len(starts) else len(self.lower)
                here = out.setdefault(starts[max(0, index)], {"cues": []})
            if kind in here:
                here[kind].append(term)
            else:
                here[kind] = [term]
            if kind[:4] == "cue.":
                here["cues"].append(term)
        return out

    def cues(self, sentence: NoteSentence) -> list[PhraseHit]:
        """The context cues of a sentence, in the order of the text."""
        found = self._by_sentence.get(sentence.start)
        return found["cues"] if found else []

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether the note writes decimals with a comma, as Germans, French and Italians do."""
        return COMMA.search(self.lower) is not None

    def has(self, words: Iterable[str]) -> bool:
        """Whether one of some pieces of words occurs."""
        return holds(self.lower, words)

    def sentence_at(self, place: int) -> NoteSentence:
        """The sentence that holds a place of the text."""
        return self.sentences[max(0, bisect_right(self._starts, place) - 1)]

    def index_at(self, place: int) -> int:
        """The number of the sentence that holds a place of the text."""
        return max(0, bisect_right(self._starts, place) - 1)

    def of(self, *kinds: str) -> list[PhraseHit]:
        """The terms of some kinds in the order of the text."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return sorted((term for kind in kinds for term in self._by_kind.get(kind, ())), key=lambda term: term.start)

    def within(self, sentence: NoteSentence, *kinds: str) -> list[PhraseHit]:
        """The terms of some kinds in one sentence, in the order of the text."""
        found = self._by_sentence.get(sentence.start)
        if found is None:
            return []
        if len(kinds) == 1:
            return found.get(kinds[0], [])
        return sorted((term for kind in kinds for term in found.get(kind, ())), key=lambda term: term.start)

    def around(self, key: Key, sentences: int) -> list[tuple[int, int]]:
        """The sentences in which a word of the lower-case text occurs, with some on either side."""
        last = len(self.sentences) - 1
        spans = ((max(0, index - sentences), min(last, index + sentences)) for index in self.naming(key))
        return list(joined((self.sentences[low].start, self.sentences[high].end) for low, high in spans))

    def naming(self, key: Key) -> list[int]:
        """The numbers of the sentences in which a word of the lower-case text occurs, in order."""
        if key not in self._naming:
            found = dict.fromkeys(self.index_at(start) for start, _ in places(self.lower, key))
            self._naming[key] = list(found)
        return self._naming[key]

    @cached_property
    def _naming(self) -> dict[Key, list[int]]:
        return {}

    def near(self, start: int, end: int, before: int = 0, after: int = 0) -> str:
        """The small-letter text around a place, no further than its sentence."""
        sentence = self.sentence_at(start)
        return self.lower[max(sentence.start, start - before) : min(sentence.end, end + after)]


COMMA = re.compile(r",(?<=\d,)\d{1,2}\s*(?:ng|mm|cm|ug|mci|gbq|miu|%|g/)")


class HasPlace(Protocol):
    """Anything that stands at a place of the text."""

    @property
    def start(self) -> int: ...


AnyPlaced = TypeVar("AnyPlaced", bound=HasPlace)


def by_sentence(reading: TokenisedNote, things: Iterable[AnyPlaced]) -> dict[int, list[AnyPlaced]]:
    """Things by the number of their sentence, so that a long note is walked once and not once a sentence."""
    out: dict[int, list[AnyPlaced]] = {}
    for one in things:
        out.setdefault(reading.index_at(one.start), []).append(one)
    return out
