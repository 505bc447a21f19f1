"""What the words around a fact say of it: denied, doubted, planned, of a relative, only under a condition, or over."""

import re
from typing import NamedTuple

from extraction.context_cues import CUES
from extraction.tokenised_note import PhraseHit, TokenisedNote

# A verb of its own between cue and fact begins another statement: "no complications were seen and sorafenib was begun".
NEW_STATEMENT = re.compile(
    r";|\.\s|:\s|\n|\b(?:was|were|is|are|has|had|received|underwent|showed|revealed|confirmed|demonstrated|developed|presented|"
    r"remains?|started|stopped|with)\b"
)
COPULA = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|being|could|can|be)(?:\s+(?:been|later|subsequently|therefore|also|finally))*\s*$"
)
# "failed to show any uptake in the known metastases" denies the uptake.
OF_SOMETHING_ELSE = re.compile(
    r"\b(?:uptake|storage|fixation|avidity|accumulation|concentration|avidity|change|growth|progression|response|increase)\b"
)
NEXT_SUBJECT = re.compile(r",\s*(?:and|but)\s+(?:the|an?|his|her|she|he)\b")
NEW_CLAUSE = re.compile(r";|\n|\.\s")
RESUMED = re.compile(
    r"\b(?:(?:the|our|this) patient|she herself|he himself|patient (?:herself|himself)|in (?:her|his) own)\b"
)
OF_OTHERS = ("family", "other_person")
"""Sections that speak of somebody else from beginning to end."""

REACHES = {f"{cue.direction}:{cue.reach}": (cue.direction, cue.reach) for cue in CUES}
# "a mass that turned out to be a metastasis" has become no other than it was feared to be.
TO_BE_CANCER = re.compile(r"\s*(?:an?\s+)?(?:\w+\s+){0,2}?metasta")
# "a man whose father had died of it, was found to carry": the verb after the comma is the patient's again.
WHOSE_ENDED = re.compile(r",\s*(?:was|is|has|had|underwent|presented|presents|developed|carri\w+|harbou?r\w*|showed)\b")
# "at progression" is a condition in a plan and a time in a history.
HAPPENED = re.compile(r"\b(?:was|were|had|has|have|revealed|showed|received|underwent|resulted)\b")
STRICT = frozenset({"cue.negated", "cue.uncertain", "cue.superseded"})


class MentionContext(NamedTuple):
    """The categories of the cues that reach a fact, and the words of the first."""

    categories: frozenset[str]
    cue: str


NONE = MentionContext(frozenset(), "")


def context_of(reading: TokenisedNote, start: int, end: int, *without: str) -> MentionContext:
    """The context of a place, from the cues of its sentence and the heading above it, save the categories `without`."""
    sentence = reading.sentence_at(start)
    cues = reading.cues(sentence)
    if not cues and sentence.section not in OF_OTHERS:
        return NONE
    found = [cue for cue in cues if cue.kind[4:] not in without and _reaches(reading, cue, start, end)]
    categories = {cue.kind[4:] for cue in found}
    if sentence.section in OF_OTHERS and sentence.section not in without:
        categories.add(sentence.section)
    cue = reading.text[found[0].start : found[0].end] if found else sentence.section
    return MentionContext(frozenset(categories), cue) if categories else NONE


def _reaches(reading: TokenisedNote, cue: PhraseHit, start: int, end: int) -> bool:
    direction, reach = REACHES[cue.code]
    left, right = (cue.end, start) if direction == "after" else (end, cue.start)
    if not 0 <= right - left <= reach:
        return False
    between = reading.lower[left:right]
    if direction == "before":
        between = COPULA.sub("", between)
        if NEXT_SUBJECT.search(between):
            return False
    if cue.kind == "cue.superseded" and direction == "before" and TO_BE_CANCER.match(reading.lower, cue.end):
        return False
    if cue.kind == "cue.negated" and direction == "after" and OF_SOMETHING_ELSE.search(between):
        return False
    if cue.kind == "cue.family":
        if WHOSE_ENDED.search(between) and "whose " in reading.lower[max(0, cue.start - 45) : cue.start]:
            return False
        return not RESUMED.search(between) and not _stopped(reading, left, right)
    if (
        cue.kind == "cue.conditional"
        and reading.lower.startswith("progression", cue.end - 11)
        and HAPPENED.search(reading.lower, cue.end, reading.sentence_at(cue.start).end)
    ):
        return False
    if cue.kind in ("cue.other_person", "cue.conditional"):
        return not NEW_CLAUSE.search(between) and not _stopped(reading, left, right)
    pattern = NEW_STATEMENT if cue.kind in STRICT or direction == "before" else NEW_CLAUSE
    return not pattern.search(between) and not _stopped(reading, left, right)


def _stopped(reading: TokenisedNote, left: int, right: int) -> bool:
    sentence = reading.sentence_at(left)
    return any(left <= stop.start < right for stop in reading.within(sentence, "stop"))
