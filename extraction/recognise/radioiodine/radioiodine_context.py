"""What the readers of radioiodine share: when it is spoken of, and the context of a place that speaks of it."""

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
# A hyperthyroidism that radioiodine brought about is not what it was given for.
CAUSED_BEFORE = re.compile(r"\b(?:developed|causing|caused|induced|producing|resulting)\s+(?:\w+\s+)?$")
CANCER_WORD = re.compile(r"\b(?:carcinoma|cancer|metasta\w*|[pf]tc|pdtc|dtc|malignan\w+)\b")
Spans = list[tuple[int, int]]
"""Where radioiodine is spoken of."""

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
    """The intent whose word stands nearest, no further than the next activity. Units: `reach` in characters."""
    sentence = note.sentence_at(start)
    low, high = max(sentence.start, start - reach), min(sentence.end, end + reach)
    aside = re.match(r"\s*[(/=][^()]{0,20}\)?", note.lower[end:high])
    if stop := NEXT_ACTIVITY.search(note.lower, end + (aside.end() if aside else 0), high):
        high = stop.start()
    found = [
        (max(0, match.start() - end, start - match.end()), code)
        for code, pattern in INTENT_WORDS
        for match in pattern.finditer(note.lower, low, high)
    ]
    return min(found, default=(0, ""))[1]


def matches_in_spans(note: TokenisedNote, pattern: re.Pattern[str], spans: Spans) -> Iterator[re.Match[str]]:
    for start, end in spans:
        yield from pattern.finditer(note.lower, start, end)


def radioiodine_context(note: TokenisedNote, start: int, end: int) -> MentionContext:
    """The context of a place that speaks of radioiodine: benign disease and plans have words of their own."""
    found = context_of(note, start, end, "uncertain", "historical")
    categories = set(found.categories)
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
    cue = found.cue or (note.text[benign.start : benign.end] if benign else sentence.section)
    return MentionContext(frozenset(categories), cue)


def _nearest_benign_disease(note: TokenisedNote, sentence: NoteSentence, place: int) -> PhraseHit | None:
    """The benign disease that is named nearer than any cancer."""
    near = [
        term
        for term in note.hits_in(sentence, "benign_thyroid")
        if abs(term.start - place) < 90 and not CAUSED_BEFORE.search(note.lower, sentence.start, term.start)
    ]
    if not near:
        return None
    nearest = min(near, key=lambda term: _distance(term.start, term.end, place))
    stop = note.lower.find(";", place, sentence.end)
    end = stop if stop >= 0 else sentence.end
    cancers = [
        _distance(match.start(), match.end(), place) for match in CANCER_WORD.finditer(note.lower, sentence.start, end)
    ]
    return nearest if not cancers or _distance(nearest.start, nearest.end, place) < min(cancers) else None


def _distance(start: int, end: int, place: int) -> int:
    return max(start - place, place - end, 0)
