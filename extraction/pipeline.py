"""The spaCy pipeline: tokens, then every known phrase; sentences and sections come from the text itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock

import spacy
from spacy.language import Language

from extraction.note import flatten
from extraction.phrases import Phrases
from extraction.reading import Reading
from extraction.sentences import split
from extraction.tokens import ClinicalTokenizer

LOCK = RLock()
"""spaCy's string store is shared, and its memory zone is a state of it: one note at a time in a process."""


@Language.factory("trialmatch_phrases")
def _phrases(nlp: Language, name: str) -> Phrases:
    return Phrases(nlp)


@cache
def pipeline() -> Language:
    """The pipeline, built once a process. No model is loaded: rules over a blank English vocabulary."""
    nlp = spacy.blank("en")
    nlp.tokenizer = ClinicalTokenizer(nlp.vocab)
    nlp.add_pipe("trialmatch_phrases")
    return nlp


@contextmanager
def zone() -> Iterator[Language]:
    """The pipeline with its memory given back at the end: words of a note do not stay in the string store."""
    with LOCK:
        nlp = pipeline()
        with nlp.memory_zone():
            yield nlp


def read(text: str) -> Reading:
    """A note as plain data; what spaCy made of it is gone when this returns."""
    flat = flatten(text)
    with zone() as nlp:
        doc = nlp(flat)
        terms = tuple(doc.user_data["terms"])
    return Reading(text, flat, split(flat), terms)
