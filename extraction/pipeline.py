"""The spaCy pipeline: tokens, then every known phrase; sentences and sections come from the text itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

from spacy.lang.en import English
from spacy.language import Language
from spacy.vocab import Vocab

from extraction.note_text import flatten, lower_case
from extraction.phrase_matcher import PhraseMatcherComponent
from extraction.sentences import split_sentences
from extraction.tokenised_note import TokenisedNote
from extraction.tokenizer import ClinicalTokenizer

SPACY_LOCK = RLock()
"""spaCy's string store is shared, and its memory zone is a state of it: one note at a time in a process."""


PHRASE_COMPONENT = "trialmatch_phrases"


@Language.factory(PHRASE_COMPONENT)
def _make_phrase_component(nlp: Language, name: str) -> PhraseMatcherComponent:
    return PhraseMatcherComponent(nlp)


def _make_tokenizer(nlp: Language) -> ClinicalTokenizer:
    return ClinicalTokenizer(nlp.vocab)


@cache
def pipeline() -> Language:
    """The pipeline, built once a process. No model is loaded: rules over a blank English vocabulary.

    The vocabulary is bare: shapes, norms and stop words of each word are never asked for and take half of the start.
    """
    nlp = English(vocab=Vocab(), create_tokenizer=_make_tokenizer)
    nlp.add_pipe(PHRASE_COMPONENT)
    return nlp


@contextmanager
def pipeline_zone() -> Iterator[Language]:
    """The pipeline with its memory given back at the end: words of a note do not stay in the string store."""
    with SPACY_LOCK:
        nlp = pipeline()
        with nlp.memory_zone():
            yield nlp


def tokenise_note(text: str) -> TokenisedNote:
    """A note as plain data; what spaCy made of it is gone when this returns."""
    flat = flatten(text)
    small = lower_case(flat)
    with pipeline_zone() as nlp:
        terms = _phrase_component(nlp).hits(nlp(small), flat)
    return TokenisedNote(text, flat, small, split_sentences(flat), tuple(terms))


def _phrase_component(nlp: Language) -> PhraseMatcherComponent:
    component = nlp.get_pipe(PHRASE_COMPONENT)
    assert isinstance(component, PhraseMatcherComponent)
    return component
