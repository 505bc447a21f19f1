"""A tokenizer for clinical shorthand: letters and digits part, and a full stop never hides in a variant."""

import re

from spacy.tokens import Doc
from spacy.vocab import Vocab

TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s'-]|_")
"""Hyphen and apostrophe are no token: `non-avid`, `non avid` and `nonavid's` differ in nothing that matters here."""

MOST_SEEN = 20_000
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class ClinicalTokenizer:
    """Turns flat text into a spaCy document whose places are kept beside it.

    `known` are the words of the phrases in small letters, `exact` those that count only as they are written; once they
    are set, every other word becomes one and the same token, so that no note adds to the string store.
    spaCy's own rules keep `V600E.`, `150mCi` and `1.2x0.8` as one token each; here `150mCi` is `150` and `mCi`.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.known: frozenset[str] | None = None
        self.exact: frozenset[str] = frozenset()
        self.seen: dict[str, str] = {}

    def __call__(self, text: str) -> Doc:
        found = list(TOKEN.finditer(text))
        read = self.seen
        words = [read.get(match.group()) or self._read(match.group()) for match in found]
        doc = Doc(self.vocab, words=words)
        doc.user_data["places"] = [match.span() for match in found]
        return doc

    def _read(self, word: str) -> str:
        """The word as it is looked up. Those of phrases are kept, in the few ways of writing them that are met."""
        if self.known is None:
            return word
        low = word.lower()
        if low not in self.known:
            return UNKNOWN if word[0].isalnum() else word
        as_looked_up = word if word in self.exact else low
        if len(self.seen) < MOST_SEEN:
            self.seen[word] = as_looked_up
        return as_looked_up
