"""Finds other conditions, present or absent."""

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
"""Read as lesions; the same words must not become two facts."""

REASON_BEFORE = re.compile(
    r"\b(?:for|because of|due to|owing to|on account of|secondary to|with|developed)\s+(?:\w+\s+){0,3}$"
)


def find_conditions(note: TokenisedNote) -> Iterator[Mention]:
    """Yield a mention for each condition; suspected conditions are marked as unsettled."""
    for hit in note.hits_of("condition"):
        if hit.code in CANCER_CONDITIONS:
            continue
        context = context_of(note, hit.start, hit.end, "historical")
        absent = "negated" in context.categories
        categories = context.categories - {"negated"}
        if "uncertain" in categories:
            categories |= {"unsettled"}
        if _is_toxicity(note, hit):
            categories |= {"unsettled"}
        value = {"condition": hit.code, "present": not absent}
        yield Mention("condition", value, hit.start, hit.end, "conditions.phrase", frozenset(categories), context.cue)


def _is_toxicity(note: TokenisedNote, hit: PhraseHit) -> bool:
    """Whether the condition is the reason for stopping a drug: whether it persists is not reported."""
    sentence = note.sentence_at(hit.start)
    before = note.lower[max(sentence.start, hit.start - 50) : hit.start]
    return bool(note.hits_in(sentence, "drug")) and bool(REASON_BEFORE.search(before))
