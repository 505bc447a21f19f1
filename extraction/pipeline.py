"""The spaCy pipeline: tokens, then every known phrase; sentences and sections come from the text itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

from spacy.lang.en import English
from spacy.language import Language
from spacy.vocab import Vocab

from extraction.note_text import flatten, lower
from extraction.phrase_matcher import PhraseMatcherComponent
from extraction.sentences import split
from extraction.tokenised_note import TokenisedNote
from extraction.tokenizer import ClinicalTokenizer

LOCK = RLock()
"""spaCy's string store is shared, and its memory zone is a state of it: one note at a time in a process."""


PHRASES = "trialmatch_phrases"


@Language.factory(PHRASES)
def _phrases(nlp: Language, name: str) -> PhraseMatcherComponent:
    return PhraseMatcherComponent(nlp)


def _tokenizer(nlp: Language) -> ClinicalTokenizer:
    return ClinicalTokenizer(nlp.vocab)


@cache
def pipeline() -> Language:
    """The pipeline, built once a process. No model is loaded: rules over a blank English vocabulary.

    The vocabulary is bare: shapes, norms and stop words of each word are never asked for and take half of the start.
    """
    nlp = English(vocab=Vocab(), create_tokenizer=_tokenizer)
    nlp.add_pipe(PHRASES)
    return nlp


@contextmanager
def zone() -> Iterator[Language]:
    """The pipeline with its memory given back at the end: words of a note do not stay in the string store."""
    with LOCK:
        nlp = pipeline()
        with nlp.memory_zone():
            yield nlp


def read(text: str) -> TokenisedNote:
    """A note as plain data; what spaCy made of it is gone when this returns."""
    flat = flatten(text)
    small = lower(flat)
    with zone() as nlp:
        terms = _found(nlp).terms(nlp(small), flat)
    return TokenisedNote(text, flat, small, split(flat), tuple(terms))


def _found(nlp: Language) -> PhraseMatcherComponent:
    component = nlp.get_pipe(PHRASES)
    assert isinstance(component, PhraseMatcherComponent)
    return component
