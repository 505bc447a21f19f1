"""Suggestions for unknown words: given for misspellings, not for unrelated words."""

import random
from string import ascii_lowercase

import pytest

from schemas.inputs.spelling import Spellings, nearest
from schemas.summary.vocabulary import vocabularies

CHOICES = ("papillary", "poorly differentiated", "ptc", "follicular", "heart failure", "age", "BRAF", "raf")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("papilary", "papillary"),
        ("pappilary", "papillary"),
        ("aeg", "age"),
        ("ages", "age"),
        ("BRAFF", "BRAF"),  # which is no "raf" with more letters
        ("braf V600E", "BRAF"),
        ("failure, heart", "heart failure"),
        ("poorly diff", "poorly differentiated"),
        ("PTC classical", "ptc"),
        ("quokka", None),
        ("po", None),
        ("", None),
        ("?", None),
    ],
)
def test_a_similar_choice_is_suggested(word: str, meant: str | None) -> None:
    assert nearest(word, CHOICES) == meant


def test_without_choices_there_is_no_suggestion() -> None:
    assert nearest("age", ()) is None


def test_a_choice_without_letters_is_never_suggested() -> None:
    """The unit of a dipstick is a plus sign."""
    assert nearest("?", ("+", "plus")) is None


@pytest.mark.parametrize("name", ["drug", "histology", "gene", "condition", "procedure", "analyte"])
def test_a_missing_letter_does_not_prevent_a_suggestion(name: str) -> None:
    vocabulary = vocabularies()[name]
    long = [code for code in vocabulary.terms if len(code) >= 8]
    missed = [code for code in long if vocabulary.nearest(code[:4] + code[5:]) != code]
    assert len(missed) <= len(long) / 50


def test_random_words_rarely_have_a_suggestion() -> None:
    chosen = random.Random(1)
    words = ["".join(chosen.choices(ascii_lowercase, k=9)) for _ in range(200)]
    spellings = Spellings(term.label for term in vocabularies()["drug"].terms.values())
    assert sum(spellings.nearest(word) is not None for word in words) <= 4
