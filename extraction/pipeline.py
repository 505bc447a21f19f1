"""The spaCy pipeline: tokens, then every known phrase. Sentences and sections are found without spaCy."""

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
"""spaCy's string store is shared and its memory zone is global state, so a process reads one note at a time."""


PHRASE_COMPONENT = "trialmatch_phrases"


@Language.factory(PHRASE_COMPONENT)
def _make_phrase_component(nlp: Language, name: str) -> PhraseMatcherComponent:
    return PhraseMatcherComponent(nlp)


def _make_tokenizer(nlp: Language) -> ClinicalTokenizer:
    return ClinicalTokenizer(nlp.vocab)


@cache
def pipeline() -> Language:
    """Build the pipeline once per process. It loads no model: rules over a blank English vocabulary.

    The vocabulary is empty: shapes, norms and stop words are never used and would take half of the start-up time.
    """
    nlp = English(vocab=Vocab(), create_tokenizer=_make_tokenizer)
    nlp.add_pipe(PHRASE_COMPONENT)
    return nlp


@contextmanager
def pipeline_zone() -> Iterator[Language]:
    """Yield the pipeline, and free its memory afterwards: words of a note do not stay in the string store."""
    with SPACY_LOCK:
        nlp = pipeline()
        with nlp.memory_zone():
            yield nlp


def tokenise_note(text: str) -> TokenisedNote:
    """Return a note as plain data; all spaCy objects are freed before this returns."""
    flat = flatten(text)
    lowered = lower_case(flat)
    with pipeline_zone() as nlp:
        hits = _phrase_component(nlp).hits(nlp(lowered), flat)
    return TokenisedNote(text, flat, lowered, split_sentences(flat), tuple(hits))


def _phrase_component(nlp: Language) -> PhraseMatcherComponent:
    component = nlp.get_pipe(PHRASE_COMPONENT)
    assert isinstance(component, PhraseMatcherComponent)
    return component
