"""A tokenizer for clinical shorthand: letters and digits part, and a full stop never hides in a variant."""

import re
from itertools import accumulate

from spacy.tokens import Doc
from spacy.vocab import Vocab

TOKEN = re.compile(r"([^\W\d_]+|\d+|[^\w\s'-]|_)")
"""Hyphen and apostrophe are no token: `non-avid`, `non avid` and `nonavid's` differ in nothing that matters here."""

ASCII_TOKEN = re.compile(r"([a-z]+|\d+|[^\w\s'-]|_)", re.ASCII)
"""The same for small letters without accents, in half the time."""

UNKNOWN_WORD, UNKNOWN_SIGN = "\N{REPLACEMENT CHARACTER}", "\N{OBJECT REPLACEMENT CHARACTER}"
"""What stands for every word and for every sign that no phrase holds."""


class PhraseWords(dict[str, str]):
    """The words of the phrases as themselves; any other is one and the same, so that no note adds to a store."""

    def __missing__(self, word: str) -> str:
        return UNKNOWN_WORD if word[0].isalnum() else UNKNOWN_SIGN


class ClinicalTokenizer:
    """Turns small-letter text into a spaCy document of the words that phrases hold.

    spaCy's own rules keep `V600E.`, `150mCi` and `1.2x0.8` as one token each; here `150mCi` is `150` and `mCi`.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.known_words = PhraseWords()

    def __call__(self, text: str) -> Doc:
        """A document with `user_data["words"]` and, in `["ends"]`, by turns where each word begins and ends."""
        # What lies between and the words by turns: far cheaper than a match object a word.
        pieces = (ASCII_TOKEN if text.isascii() else TOKEN).split(text)
        words = list(map(self.known_words.__getitem__, pieces[1::2]))
        return Doc(self.vocab, words=words, user_data={"words": words, "ends": [*accumulate(map(len, pieces))]})


def split_words(phrase: str) -> list[str]:
    """The words of a phrase, parted as those of a note."""
    return TOKEN.findall(phrase)
