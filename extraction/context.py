"""What the words around a fact say of it: denied, doubted, planned, of a relative, only under a condition, or over."""

import re
from typing import NamedTuple

from extraction.context_cues import CUES
from extraction.tokenised_note import PhraseHit, TokenisedNote

# A verb of its own between cue and fact begins another statement: "no complications were seen and sorafenib was begun".
STATEMENT_BREAK = re.compile(
    r";|\.\s|:\s|\n|\b(?:was|were|is|are|has|had|received|underwent|showed|revealed|confirmed|demonstrated|developed|presented|"
    r"remains?|started|stopped|with)\b"
)
TRAILING_COPULA = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|being|could|can|be)(?:\s+(?:been|later|subsequently|therefore|also|finally))*\s*$"
)
# "failed to show any uptake in the known metastases" denies the uptake.
DENIED_INSTEAD = re.compile(
    r"\b(?:uptake|storage|fixation|avidity|accumulation|concentration|avidity|change|growth|progression|response|increase)\b"
)
NEXT_SUBJECT = re.compile(r",\s*(?:and|but)\s+(?:the|an?|his|her|she|he)\b")
CLAUSE_BREAK = re.compile(r";|\n|\.\s")
PATIENT_AGAIN = re.compile(
    r"\b(?:(?:the|our|this) patient|she herself|he himself|patient (?:herself|himself)|in (?:her|his) own)\b"
)
NON_PATIENT_SECTIONS = ("family", "other_person")
"""Sections that speak of somebody else from beginning to end."""

CUE_DIRECTION_AND_REACH = {f"{cue.direction}:{cue.reach}": (cue.direction, cue.reach) for cue in CUES}
# "a mass that turned out to be a metastasis" has become no other than it was feared to be.
METASTASIS_AFTER = re.compile(r"\s*(?:an?\s+)?(?:\w+\s+){0,2}?metasta")
# "a man whose father had died of it, was found to carry": the verb after the comma is the patient's again.
WHOSE_CLAUSE_END = re.compile(
    r",\s*(?:was|is|has|had|underwent|presented|presents|developed|carri\w+|harbou?r\w*|showed)\b"
)
# "at progression" is a condition in a plan and a time in a history.
PAST_VERB = re.compile(r"\b(?:was|were|had|has|have|revealed|showed|received|underwent|resulted)\b")
STATEMENT_BOUND_CUES = frozenset({"cue.negated", "cue.uncertain", "cue.superseded"})


class MentionContext(NamedTuple):
    """The categories of the cues that reach a fact, and the words of the first."""

    categories: frozenset[str]
    cue: str


NO_CONTEXT = MentionContext(frozenset(), "")


def context_of(note: TokenisedNote, start: int, end: int, *without: str) -> MentionContext:
    """The context of a place, from the cues of its sentence and the heading above it, save the categories `without`."""
    sentence = note.sentence_at(start)
    cues = note.cues_in(sentence)
    if not cues and sentence.section not in NON_PATIENT_SECTIONS:
        return NO_CONTEXT
    found = [cue for cue in cues if cue.kind[4:] not in without and _reaches(note, cue, start, end)]
    categories = {cue.kind[4:] for cue in found}
    if sentence.section in NON_PATIENT_SECTIONS and sentence.section not in without:
        categories.add(sentence.section)
    cue = note.text[found[0].start : found[0].end] if found else sentence.section
    return MentionContext(frozenset(categories), cue) if categories else NO_CONTEXT


def _reaches(note: TokenisedNote, cue: PhraseHit, start: int, end: int) -> bool:
    direction, reach = CUE_DIRECTION_AND_REACH[cue.code]
    left, right = (cue.end, start) if direction == "after" else (end, cue.start)
    if not 0 <= right - left <= reach:
        return False
    between = note.lower[left:right]
    if direction == "before":
        between = TRAILING_COPULA.sub("", between)
        if NEXT_SUBJECT.search(between):
            return False
    if cue.kind == "cue.superseded" and direction == "before" and METASTASIS_AFTER.match(note.lower, cue.end):
        return False
    if cue.kind == "cue.negated" and direction == "after" and DENIED_INSTEAD.search(between):
        return False
    if cue.kind == "cue.family":
        if WHOSE_CLAUSE_END.search(between) and "whose " in note.lower[max(0, cue.start - 45) : cue.start]:
            return False
        return not PATIENT_AGAIN.search(between) and not _is_terminated(note, left, right)
    if (
        cue.kind == "cue.conditional"
        and note.lower.startswith("progression", cue.end - 11)
        and PAST_VERB.search(note.lower, cue.end, note.sentence_at(cue.start).end)
    ):
        return False
    if cue.kind in ("cue.other_person", "cue.conditional"):
        return not CLAUSE_BREAK.search(between) and not _is_terminated(note, left, right)
    pattern = STATEMENT_BREAK if cue.kind in STATEMENT_BOUND_CUES or direction == "before" else CLAUSE_BREAK
    return not pattern.search(between) and not _is_terminated(note, left, right)


def _is_terminated(note: TokenisedNote, left: int, right: int) -> bool:
    sentence = note.sentence_at(left)
    return any(left <= stop.start < right for stop in note.hits_in(sentence, "stop"))
