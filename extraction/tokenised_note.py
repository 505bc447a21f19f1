"""What recognisers read and what they find: plain data, so that nothing of spaCy outlives a note."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from extraction.prefilter import Prefilter, contains_any, merge_spans, spans_of


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
    phrase_hits: tuple[PhraseHit, ...]

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def _by_kind(self) -> dict[str, list[PhraseHit]]:
        out: dict[str, list[PhraseHit]] = {}
        for term in self.phrase_hits:
            out.setdefault(term.kind, []).append(term)
        return out

    @cached_property
    def _by_sentence(self) -> dict[int, dict[str, list[PhraseHit]]]:
        out: dict[int, dict[str, list[PhraseHit]]] = {}
        here: dict[str, list[PhraseHit]] = {}
        starts, index, end = self._sentence_starts, -1, -1
        for term in self.phrase_hits:
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

    def cues_in(self, sentence: NoteSentence) -> list[PhraseHit]:
        """The context cues of a sentence, in the order of the text."""
        found = self._by_sentence.get(sentence.start)
        return found["cues"] if found else []

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether the note writes decimals with a comma, as Germans, French and Italians do."""
        return DECIMAL_COMMA.search(self.lower) is not None

    def contains_any(self, words: Iterable[str]) -> bool:
        """Whether one of some pieces of words occurs."""
        return contains_any(self.lower, words)

    def sentence_at(self, place: int) -> NoteSentence:
        """The sentence that holds a place of the text."""
        return self.sentences[max(0, bisect_right(self._sentence_starts, place) - 1)]

    def sentence_index(self, place: int) -> int:
        """The number of the sentence that holds a place of the text."""
        return max(0, bisect_right(self._sentence_starts, place) - 1)

    def hits_of(self, *kinds: str) -> list[PhraseHit]:
        """The terms of some kinds in the order of the text."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return sorted((term for kind in kinds for term in self._by_kind.get(kind, ())), key=lambda term: term.start)

    def hits_in(self, sentence: NoteSentence, *kinds: str) -> list[PhraseHit]:
        """The terms of some kinds in one sentence, in the order of the text."""
        found = self._by_sentence.get(sentence.start)
        if found is None:
            return []
        if len(kinds) == 1:
            return found.get(kinds[0], [])
        return sorted((term for kind in kinds for term in found.get(kind, ())), key=lambda term: term.start)

    def spans_around(self, key: Prefilter, sentences: int) -> list[tuple[int, int]]:
        """The sentences in which a word of the lower-case text occurs, with some on either side."""
        last = len(self.sentences) - 1
        spans = ((max(0, index - sentences), min(last, index + sentences)) for index in self.sentences_with(key))
        return list(merge_spans((self.sentences[low].start, self.sentences[high].end) for low, high in spans))

    def sentences_with(self, key: Prefilter) -> list[int]:
        """The numbers of the sentences in which a word of the lower-case text occurs, in order."""
        if key not in self._sentences_with:
            found = dict.fromkeys(self.sentence_index(start) for start, _ in spans_of(self.lower, key))
            self._sentences_with[key] = list(found)
        return self._sentences_with[key]

    @cached_property
    def _sentences_with(self) -> dict[Prefilter, list[int]]:
        return {}

    def text_near(self, start: int, end: int, before: int = 0, after: int = 0) -> str:
        """The small-letter text around a place, no further than its sentence."""
        sentence = self.sentence_at(start)
        return self.lower[max(sentence.start, start - before) : min(sentence.end, end + after)]


DECIMAL_COMMA = re.compile(r",(?<=\d,)\d{1,2}\s*(?:ng|mm|cm|ug|mci|gbq|miu|%|g/)")


class HasStart(Protocol):
    """Anything that stands at a place of the text."""

    @property
    def start(self) -> int: ...


Located = TypeVar("Located", bound=HasStart)


def group_by_sentence(note: TokenisedNote, located: Iterable[Located]) -> dict[int, list[Located]]:
    """Things by the number of their sentence, so that a long note is walked once and not once a sentence."""
    out: dict[int, list[Located]] = {}
    for item in located:
        out.setdefault(note.sentence_index(item.start), []).append(item)
    return out
