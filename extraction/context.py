"""Decides which context cues reach a fact: negated, uncertain, planned, family, conditional, superseded."""

import re
from typing import NamedTuple

from extraction.context_cues import CUES
from extraction.tokenised_note import PhraseHit, TokenisedNote

# A second verb between cue and fact starts another statement: "no complications were seen and sorafenib was begun".
STATEMENT_BREAK = re.compile(
    r";|\.\s|:\s|\n|\b(?:was|were|is|are|has|had|received|underwent|showed|revealed|confirmed|demonstrated|developed|presented|"
    r"remains?|started|stopped|with)\b"
)
TRAILING_COPULA = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|being|could|can|be)(?:\s+(?:been|later|subsequently|therefore|also|finally))*\s*$"
)
# "failed to show any uptake in the known metastases" negates the uptake, not the metastases.
DENIED_INSTEAD = re.compile(
    r"\b(?:uptake|storage|fixation|avidity|accumulation|concentration|avidity|change|growth|progression|response|increase)\b"
)
NEXT_SUBJECT = re.compile(r",\s*(?:and|but)\s+(?:the|an?|his|her|she|he)\b")
CLAUSE_BREAK = re.compile(r";|\n|\.\s")
PATIENT_AGAIN = re.compile(
    r"\b(?:(?:the|our|this) patient|she herself|he himself|patient (?:herself|himself)|in (?:her|his) own)\b"
)
NON_PATIENT_SECTIONS = ("family", "other_person")
"""Sections that are about another person throughout."""

CUE_DIRECTION_AND_REACH = {f"{cue.direction}:{cue.reach}": (cue.direction, cue.reach) for cue in CUES}
# "a mass that turned out to be a metastasis" confirms the suspicion and does not supersede it.
METASTASIS_AFTER = re.compile(r"\s*(?:an?\s+)?(?:\w+\s+){0,2}?metasta")
# "a man whose father had died of it, was found to carry": the verb after the comma is about the patient again.
WHOSE_CLAUSE_END = re.compile(
    r",\s*(?:was|is|has|had|underwent|presented|presents|developed|carri\w+|harbou?r\w*|showed)\b"
)
# "at progression" is a condition in a plan, but a point in time in a history.
PAST_VERB = re.compile(r"\b(?:was|were|had|has|have|revealed|showed|received|underwent|resulted)\b")
STATEMENT_BOUND_CUES = frozenset({"cue.negated", "cue.uncertain", "cue.superseded"})


class MentionContext(NamedTuple):
    """The categories of the cues that reach a fact, and the text of the first cue."""

    categories: frozenset[str]
    cue: str


NO_CONTEXT = MentionContext(frozenset(), "")


def context_of(note: TokenisedNote, start: int, end: int, *ignored: str) -> MentionContext:
    """Return the context of a span, from the cues of its sentence and the section, without the `ignored` categories."""
    sentence = note.sentence_at(start)
    cues = note.cues_in(sentence)
    if not cues and sentence.section not in NON_PATIENT_SECTIONS:
        return NO_CONTEXT
    reaching = [cue for cue in cues if cue.kind[4:] not in ignored and _reaches(note, cue, start, end)]
    categories = {cue.kind[4:] for cue in reaching}
    if sentence.section in NON_PATIENT_SECTIONS and sentence.section not in ignored:
        categories.add(sentence.section)
    cue = note.text[reaching[0].start : reaching[0].end] if reaching else sentence.section
    return MentionContext(frozenset(categories), cue) if categories else NO_CONTEXT


def _reaches(note: TokenisedNote, cue: PhraseHit, start: int, end: int) -> bool:
    direction, reach = CUE_DIRECTION_AND_REACH[cue.code]
    gap_start, gap_end = (cue.end, start) if direction == "after" else (end, cue.start)
    if not 0 <= gap_end - gap_start <= reach:
        return False
    between = note.lower[gap_start:gap_end]
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
        return not PATIENT_AGAIN.search(between) and not _is_terminated(note, gap_start, gap_end)
    if (
        cue.kind == "cue.conditional"
        and note.lower.startswith("progression", cue.end - 11)
        and PAST_VERB.search(note.lower, cue.end, note.sentence_at(cue.start).end)
    ):
        return False
    if cue.kind in ("cue.other_person", "cue.conditional"):
        return not CLAUSE_BREAK.search(between) and not _is_terminated(note, gap_start, gap_end)
    pattern = STATEMENT_BREAK if cue.kind in STATEMENT_BOUND_CUES or direction == "before" else CLAUSE_BREAK
    return not pattern.search(between) and not _is_terminated(note, gap_start, gap_end)


def _is_terminated(note: TokenisedNote, start: int, end: int) -> bool:
    sentence = note.sentence_at(start)
    return any(start <= terminator.start < end for terminator in note.hits_in(sentence, "stop"))
