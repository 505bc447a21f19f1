"""A note as recognisers read it: plain data, so that no spaCy object outlives it."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol, TypeVar

from extraction.prefilter import Prefilter, contains_any, merge_spans, spans_of


class PhraseHit(NamedTuple):
    """A known phrase in the text: `kind` is its vocabulary or the kind of cue, `code` its meaning."""

    kind: str
    code: str
    start: int
    end: int


class NoteSentence(NamedTuple):
    """A span that is read as a unit. `section` is the heading above it, if any."""

    start: int
    end: int
    section: str


@dataclass(frozen=True)
class TokenisedNote:
    """A note after tokenising. Offsets are the same in `text`, `flat` (normalised) and `lower` (lower case)."""

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
        by_kind: dict[str, list[PhraseHit]] = {}
        for hit in self.phrase_hits:
            by_kind.setdefault(hit.kind, []).append(hit)
        return by_kind

    @cached_property
    def _by_sentence(self) -> dict[int, dict[str, list[PhraseHit]]]:
        by_sentence: dict[int, dict[str, list[PhraseHit]]] = {}
        hits_here: dict[str, list[PhraseHit]] = {}
        starts, index, end = self._sentence_starts, -1, -1
        for hit in self.phrase_hits:
            kind, _, start, _ = hit
            if start >= end:
                index = bisect_right(starts, start, max(0, index)) - 1
                end = starts[index + 1] if index + 1 < len(starts) else len(self.lower)
                hits_here = by_sentence.setdefault(starts[max(0, index)], {"cues": []})
            if kind in hits_here:
                hits_here[kind].append(hit)
            else:
                hits_here[kind] = [hit]
            if kind[:4] == "cue.":
                hits_here["cues"].append(hit)
        return by_sentence

    def cues_in(self, sentence: NoteSentence) -> list[PhraseHit]:
        """Return the context cues of a sentence, in the order of the text."""
        hits = self._by_sentence.get(sentence.start)
        return hits["cues"] if hits else []

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether the note writes decimals with a comma, as in German, French and Italian."""
        return DECIMAL_COMMA.search(self.lower) is not None

    def contains_any(self, substrings: Iterable[str]) -> bool:
        """Whether the text contains any of the substrings, in lower case."""
        return contains_any(self.lower, substrings)

    def sentence_at(self, offset: int) -> NoteSentence:
        """Return the sentence at an offset."""
        return self.sentences[max(0, bisect_right(self._sentence_starts, offset) - 1)]

    def sentence_index(self, offset: int) -> int:
        """Return the index of the sentence at an offset."""
        return max(0, bisect_right(self._sentence_starts, offset) - 1)

    def hits_of(self, *kinds: str) -> list[PhraseHit]:
        """Return the phrases of some kinds, in the order of the text."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return sorted((hit for kind in kinds for hit in self._by_kind.get(kind, ())), key=lambda hit: hit.start)

    def hits_in(self, sentence: NoteSentence, *kinds: str) -> list[PhraseHit]:
        """Return the phrases of some kinds in one sentence, in the order of the text."""
        hits = self._by_sentence.get(sentence.start)
        if hits is None:
            return []
        if len(kinds) == 1:
            return hits.get(kinds[0], [])
        return sorted((hit for kind in kinds for hit in hits.get(kind, ())), key=lambda hit: hit.start)

    def spans_around(self, prefilter: Prefilter, sentences: int) -> list[tuple[int, int]]:
        """Return the spans of sentences that match a prefilter, with some sentences on either side."""
        last_index = len(self.sentences) - 1
        spans = (
            (max(0, index - sentences), min(last_index, index + sentences)) for index in self.sentences_with(prefilter)
        )
        return list(merge_spans((self.sentences[low].start, self.sentences[high].end) for low, high in spans))

    def sentences_with(self, prefilter: Prefilter) -> list[int]:
        """Return the indexes of sentences that match a prefilter, in order."""
        if prefilter not in self._sentences_with:
            indexes = dict.fromkeys(self.sentence_index(start) for start, _ in spans_of(self.lower, prefilter))
            self._sentences_with[prefilter] = list(indexes)
        return self._sentences_with[prefilter]

    @cached_property
    def _sentences_with(self) -> dict[Prefilter, list[int]]:
        return {}

    def text_near(self, start: int, end: int, before: int = 0, after: int = 0) -> str:
        """Return the lower-case text around a span, within its sentence. Units: `before`, `after` in characters."""
        sentence = self.sentence_at(start)
        return self.lower[max(sentence.start, start - before) : min(sentence.end, end + after)]


DECIMAL_COMMA = re.compile(r",(?<=\d,)\d{1,2}\s*(?:ng|mm|cm|ug|mci|gbq|miu|%|g/)")


class HasStart(Protocol):
    """Anything with a start offset."""

    @property
    def start(self) -> int: ...


Located = TypeVar("Located", bound=HasStart)


def group_by_sentence(note: TokenisedNote, located: Iterable[Located]) -> dict[int, list[Located]]:
    """Group items by the index of their sentence, so that a long note is not scanned once per sentence."""
    by_sentence: dict[int, list[Located]] = {}
    for item in located:
        by_sentence.setdefault(note.sentence_index(item.start), []).append(item)
    return by_sentence
