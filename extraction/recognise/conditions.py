"""Other conditions, present or looked for and absent."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.tokenised_note import PhraseHit, TokenisedNote

CANCER_CONDITIONS = frozenset(
    {
        "brain_metastases",
        "spinal_cord_metastases",
        "cns_disease",
        "leptomeningeal_disease",
        "bulky_neck_mass",
        "thyroid_cancer",
    }
)
"""Read as lesions: one word must not become two facts."""

REASON_BEFORE = re.compile(
    r"\b(?:for|because of|due to|owing to|on account of|secondary to|with|developed)\s+(?:\w+\s+){0,3}$"
)


def find_conditions(note: TokenisedNote) -> Iterator[Mention]:
    """One finding a mention, save conditions that are only suspected."""
    for term in note.hits_of("condition"):
        if term.code in CANCER_CONDITIONS:
            continue
        context = context_of(note, term.start, term.end, "historical")
        absent = "negated" in context.categories
        categories = context.categories - {"negated"}
        if "uncertain" in categories:
            categories |= {"unsettled"}
        if _is_toxicity(note, term):
            categories |= {"unsettled"}
        value = {"condition": term.code, "present": not absent}
        yield Mention("condition", value, term.start, term.end, "conditions.phrase", frozenset(categories), context.cue)


def _is_toxicity(note: TokenisedNote, term: PhraseHit) -> bool:
    """The reason why a drug was stopped; whether it lasts is not said."""
    sentence = note.sentence_at(term.start)
    before = note.lower[max(sentence.start, term.start - 50) : term.start]
    return bool(note.hits_in(sentence, "drug")) and bool(REASON_BEFORE.search(before))
