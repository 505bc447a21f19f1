"""Tokenizer for clinical shorthand: separates letters from digits, and full stops from variants."""

import re
from itertools import accumulate

from spacy.tokens import Doc
from spacy.vocab import Vocab

TOKEN = re.compile(r"([^\W\d_]+|\d+|[^\w\s'-]|_)")
"""Hyphens and apostrophes are not tokens: `non-avid`, `non avid` and `nonavid's` mean the same here."""

ASCII_TOKEN = re.compile(r"([a-z]+|\d+|[^\w\s'-]|_)", re.ASCII)
"""The same for lower-case ASCII, in half the time."""

UNKNOWN_WORD, UNKNOWN_SIGN = "\N{REPLACEMENT CHARACTER}", "\N{OBJECT REPLACEMENT CHARACTER}"
"""Placeholders for words and for signs that no phrase contains."""


class PhraseWords(dict[str, str]):
    """Maps words of phrases to themselves and all others to a placeholder, so that no note adds to the string store."""

    def __missing__(self, word: str) -> str:
        return UNKNOWN_WORD if word[0].isalnum() else UNKNOWN_SIGN


class ClinicalTokenizer:
    """Turns lower-case text into a spaCy document of the words that occur in phrases.

    spaCy's own rules keep `V600E.`, `150mCi` and `1.2x0.8` as one token each; here `150mCi` becomes `150` and `mCi`.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.known_words = PhraseWords()

    def __call__(self, text: str) -> Doc:
        """Return a document with `user_data["words"]`; `["ends"]` has the start and end of each word in turn."""
        # Gaps and words alternate: far cheaper than a match object per word.
        parts = (ASCII_TOKEN if text.isascii() else TOKEN).split(text)
        words = list(map(self.known_words.__getitem__, parts[1::2]))
        return Doc(self.vocab, words=words, user_data={"words": words, "ends": [*accumulate(map(len, parts))]})


def split_words(phrase: str) -> list[str]:
    """Split a phrase into words as the tokenizer splits a note."""
    return TOKEN.findall(phrase)
