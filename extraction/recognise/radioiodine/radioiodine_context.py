"""The context of radioiodine mentions, and the words and patterns that its recognisers share."""

import re
from collections.abc import Iterator

from extraction.context import MentionContext, context_of
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote

COURSE_NOUN = (
    r"(?:courses?|cures?|occasions|doses?|treatments?|administrations?|cycles?|sessions?|rounds?|activit(?:y|ies)|"
    r"therap(?:y|ies)|ablations?|applications?|treatment courses|infusions?)"
)
COURSE_ADJECTIVES = (
    r"(?:(?:additional|further|more|subsequent|successive|consecutive|ablative|therapeutic|high|"
    r"low|adjuvant|empiric(?:al)?|previous|prior|separate|cycles of|courses of|doses of|repeated|"
    r"radioactive|radio-?iodine|iodine|iodine-131|rai|i-?131|131-?i|\(131\)\s?i|high-dose|low-dose|"
    r"of|metabolic|post-?operative|radiometabolic|salvage|sequential|ra|dose)[\s-]+)*"
)
RADIOIODINE_WORD = re.compile(
    r"\b(?:radio-?\s?iodine|radioactive iod|rai\b|rait|i-?\s?131|131-?\s?i\b|\(131\)\s?i|iodine|"
    r"radioabl|ablat|radiometabolic|iodide)"
)


RADIOIODINE_SUBSTRINGS = (
    "iod",
    "rai",
    "131",
    "mci",
    "bq",
    "rr-dtc",
    "rrdtc",
    "ablat",
    "course",
    "whole-body",
    "whole body",
    "wbs",
)
DONE_WORD = re.compile(
    r"\b(?:received|(?:was|were|been) given|had|previous|prior|ago|since|cumulative|underwent|completed|administered)\b"
)
ORDERED_BEFORE = re.compile(
    r"(?:^|[.;:>*-]\s*)(?:for|admit for|book(?:ed)? for|proceed (?:to|with)|refer(?:red)? for|list(?:ed)? for)\s+"
    r"(?:(?:a|an|further|repeat|adjuvant|another|first|second|third|radioiodine|rai|i-?131|131-?i|ablative|low|high|"
    r"dose|activity|of|ablation|with|course|therapy|treatment|remnant)[\s-]+)*$"
)
# Hyperthyroidism caused by radioiodine is not its indication.
CAUSED_BEFORE = re.compile(r"\b(?:developed|causing|caused|induced|producing|resulting)\s+(?:\w+\s+)?$")
CANCER_WORD = re.compile(r"\b(?:carcinoma|cancer|metasta\w*|[pf]tc|pdtc|dtc|malignan\w+)\b")
Spans = list[tuple[int, int]]
"""Spans of text that mention radioiodine."""

INTENT_WORDS = (
    ("ablation", re.compile(r"\b(?:remnants?|ablation|ablative|ablated?|rra)\b")),
    ("adjuvant", re.compile(r"\badjuvant\b")),
    (
        "treatment",
        re.compile(r"\b(?:therapeutic|metasta\w+|residual disease|persistent|rising|recurren\w+|empiric\w*)\b"),
    ),
)
NEXT_ACTIVITY = re.compile(r"\d[\d.,]*\s*(?:mci|gbq|mbq)\b")


def nearest_intent(note: TokenisedNote, start: int, end: int, reach: int) -> str:
    """Return the intent whose word is nearest, up to the next activity. Units: `reach` in characters."""
    sentence = note.sentence_at(start)
    low, high = max(sentence.start, start - reach), min(sentence.end, end + reach)
    parenthesis = re.match(r"\s*[(/=][^()]{0,20}\)?", note.lower[end:high])
    if stop := NEXT_ACTIVITY.search(note.lower, end + (parenthesis.end() if parenthesis else 0), high):
        high = stop.start()
    intents = [
        (max(0, match.start() - end, start - match.end()), code)
        for code, pattern in INTENT_WORDS
        for match in pattern.finditer(note.lower, low, high)
    ]
    return min(intents, default=(0, ""))[1]


def matches_in_spans(note: TokenisedNote, pattern: re.Pattern[str], spans: Spans) -> Iterator[re.Match[str]]:
    for start, end in spans:
        yield from pattern.finditer(note.lower, start, end)


def radioiodine_context(note: TokenisedNote, start: int, end: int) -> MentionContext:
    """Return the context of a radioiodine mention, which adds benign disease and orders to the general cues."""
    context = context_of(note, start, end, "uncertain", "historical")
    categories = set(context.categories)
    sentence = note.sentence_at(start)
    text = note.lower[sentence.start : sentence.end]
    benign = _nearest_benign_disease(note, sentence, start)
    if benign is not None:
        categories.add("benign")
    if sentence.section == "plan" and not DONE_WORD.search(text):
        categories.add("planned")
    if text.rstrip().endswith("?"):
        categories.add("conditional")
    if ORDERED_BEFORE.search(note.lower, sentence.start, start) and not DONE_WORD.search(text):
        categories.add("planned")
    if "conditional" in categories and re.search(r"\bwhether\b", text) and re.search(r"\breceived\b", text):
        categories.discard("conditional")
    cue = context.cue or (note.text[benign.start : benign.end] if benign else sentence.section)
    return MentionContext(frozenset(categories), cue)


def _nearest_benign_disease(note: TokenisedNote, sentence: NoteSentence, offset: int) -> PhraseHit | None:
    """Return the benign disease that is nearer than any cancer, or None."""
    candidates = [
        hit
        for hit in note.hits_in(sentence, "benign_thyroid")
        if abs(hit.start - offset) < 90 and not CAUSED_BEFORE.search(note.lower, sentence.start, hit.start)
    ]
    if not candidates:
        return None
    nearest = min(candidates, key=lambda hit: _distance(hit.start, hit.end, offset))
    stop = note.lower.find(";", offset, sentence.end)
    end = stop if stop >= 0 else sentence.end
    cancers = [
        _distance(match.start(), match.end(), offset) for match in CANCER_WORD.finditer(note.lower, sentence.start, end)
    ]
    return nearest if not cancers or _distance(nearest.start, nearest.end, offset) < min(cancers) else None


def _distance(start: int, end: int, offset: int) -> int:
    return max(start - offset, offset - end, 0)
