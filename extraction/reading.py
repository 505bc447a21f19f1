"""What recognisers read and what they find: plain data, so that nothing of spaCy outlives a note."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from extraction.windows import joined


class Term(NamedTuple):
    """A known phrase at its place: `kind` is the vocabulary or the kind of cue, `code` what it stands for."""

    kind: str
    code: str
    start: int
    end: int


class Sentence(NamedTuple):
    """A stretch of text that is read by itself. `section` is the heading above it, if it has one."""

    start: int
    end: int
    section: str


@dataclass(frozen=True)
class Reading:
    """A note after tokenising. `flat` is as long as `text`, so that a place in one is a place in the other."""

    text: str
    flat: str
    sentences: tuple[Sentence, ...]
    terms: tuple[Term, ...]

    @cached_property
    def _starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    @cached_property
    def _by_kind(self) -> dict[str, list[Term]]:
        out: dict[str, list[Term]] = {}
        for term in self.terms:
            out.setdefault(term.kind, []).append(term)
        return out

    @cached_property
    def _by_sentence(self) -> dict[int, dict[str, list[Term]]]:
        out: dict[int, dict[str, list[Term]]] = {}
        for term in self.terms:
            start = self.sentence_at(term.start).start
            out.setdefault(start, {}).setdefault(term.kind, []).append(term)
        return out

    @cached_property
    def lower(self) -> str:
        """The flat text in small letters. Shape: as long as the text."""
        return self.flat.translate(SMALL)

    def sentence_at(self, place: int) -> Sentence:
        """The sentence that holds a place of the text."""
        return self.sentences[max(0, bisect_right(self._starts, place) - 1)]

    def index_at(self, place: int) -> int:
        """The number of the sentence that holds a place of the text."""
        return max(0, bisect_right(self._starts, place) - 1)

    def of(self, *kinds: str) -> list[Term]:
        """The terms of some kinds in the order of the text."""
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], [])
        return sorted((term for kind in kinds for term in self._by_kind.get(kind, ())), key=lambda term: term.start)

    def within(self, sentence: Sentence, *kinds: str) -> list[Term]:
        """The terms of some kinds in one sentence, in the order of the text."""
        found = self._by_sentence.get(sentence.start, {})
        if len(kinds) == 1:
            return found.get(kinds[0], [])
        return sorted((term for kind in kinds for term in found.get(kind, ())), key=lambda term: term.start)

    def around(self, key: re.Pattern[str], sentences: int) -> list[tuple[int, int]]:
        """The sentences in which a word of the lower-case text occurs, with some on either side."""
        found = dict.fromkeys(self.index_at(match.start()) for match in key.finditer(self.lower))
        last = len(self.sentences) - 1
        spans = ((max(0, index - sentences), min(last, index + sentences)) for index in found)
        return list(joined((self.sentences[low].start, self.sentences[high].end) for low, high in spans))

    def near(self, start: int, end: int, before: int = 0, after: int = 0) -> str:
        """The small-letter text around a place, no further than its sentence."""
        sentence = self.sentence_at(start)
        return self.lower[max(sentence.start, start - before) : min(sentence.end, end + after)]


SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)} | {ord("Ü"): ord("ü"), ord("É"): ord("é")}
"""`str.lower` may lengthen a text (İ); places must not move."""

UNUSED = frozenset({"negated", "family", "planned", "conditional", "other_person", "superseded", "benign", "unsettled"})
"""What is said in such a context is shown, and never matched."""


@dataclass(frozen=True, eq=False)
class Finding:
    """One fact as a recogniser read it. `context` says of whom, when and whether; `cue` is the phrase that told so."""

    kind: str
    value: Mapping[str, Any]
    start: int
    end: int
    rule: str
    context: frozenset[str] = frozenset()
    cue: str = ""
    certainty: str = "stated"
    also: tuple[tuple[int, int], ...] = field(default=())

    @cached_property
    def used(self) -> bool:
        """Whether it may reach the matcher."""
        return not self.context & UNUSED

    def spans(self) -> Iterator[tuple[int, int]]:
        """Every stretch of text behind it."""
        yield self.start, self.end
        yield from self.also
