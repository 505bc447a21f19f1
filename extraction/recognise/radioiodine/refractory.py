"""Finds statements that the disease is radioiodine-refractory."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.radioiodine.radioiodine_context import Spans, matches_in_spans
from extraction.tokenised_note import TokenisedNote

IODINE_THERAPY_NAME = (
    r"(?:rai|radio-?iodine|radioactive[- ]iodine|iodine(?:-131)?|131-?i|i-?131|\(131\)-?i|radiometabolic(?: therapy)?|"
    r"radioiodine therapy|rai therapy)\b(?:\s*\((?:rai|i-?131)\))?"
)
REFRACTORY_WORD = r"(?:refractor\w+|resistan\w+|insensitiv\w+|non-?responsive|unresponsive\w*)"
REFRACTORY_STATEMENT = re.compile(
    rf"\b{IODINE_THERAPY_NAME}(?:\s+(?:therapy|treatment))?[\s-]*(?P<a>{REFRACTORY_WORD})\b|"
    r"\b(?P<b>refractory|resistant|refractoriness|unresponsive|insensitive|resistance|not respond\w*)\s+(?:to|"
    r"against)\s+"
    rf"(?:further\s+|treatment with\s+|any\s+|the\s+)*{IODINE_THERAPY_NAME}|"
    r"\b(?P<c>rair|rai-r|rr-?dtc|rair-?dtc|rrdtc)\b|\b(?P<d>no longer (?:responsive|responding|amenable|responds?)) to "
    rf"{IODINE_THERAPY_NAME}|\b{IODINE_THERAPY_NAME}[^.;\n]{{0,50}}[\s-](?P<e>refractory)(?=\s*(?:[.;,)\n]|$|disease|dtc))"
)
REFRACTORY_SUBSTRINGS = (
    "refract",
    "resist",
    "rair",
    "rai-r",
    "rr-",
    "rrdtc",
    "insensitiv",
    "respons",
    "respond",
    "amenable",
)
DENIED_BEFORE = re.compile(
    r"\b(?:not|cannot|no longer|never|non|neither|nor|no)[\s-]+(?:(?:yet|be|called|regarded|as|to be|meet|criteria|for|"
    r"considered|deemed|truly|formally|been|classified|fulfil\w*|satisf\w+|definitions?|of|the|any|currently|strictly|"
    r"said to be|labelled|evidence|proven|shown|to|that|clearly|a|an|is|was)[\s-]+)*$"
)
DENIED_AFTER = re.compile(
    r"^(?:\s+(?:disease|status|dtc|criteria))?\s*(?:[:?=]\s*(?:no|not|negative)\b|(?:was|is|were|are)\s+not\b)"
)
TUMOUR_BOARD = re.compile(r"\b(?:mdt|mdm|tumou?r board|multidisciplinary|consensus|board)\b")


def find_refractory(note: TokenisedNote, spans: Spans) -> Iterator[Mention]:
    """Yield each statement, affirmed or negated, with the tumour board if it made the judgement."""
    if not note.contains_any(REFRACTORY_SUBSTRINGS):
        return
    for match in matches_in_spans(note, REFRACTORY_STATEMENT, spans):
        name = match.lastgroup or "a"
        offset = match.start(name)
        context = context_of(note, offset, match.end(name), "historical", "planned")
        categories = set(context.categories)
        before = note.lower[max(note.sentence_at(offset).start, offset - 70) : offset]
        if (
            DENIED_BEFORE.search(before)
            or DENIED_BEFORE.search(before[: match.start() - offset])
            or DENIED_AFTER.match(note.lower[match.end() : match.end() + 25])
        ):
            categories.add("negated")
        yield Mention(
            "refractory",
            {"value": True, "by": _judging_body(note, offset)},
            match.start(),
            match.end(),
            "radioiodine.refractory",
            frozenset(categories),
            context.cue,
        )


def _judging_body(note: TokenisedNote, offset: int) -> str:
    sentence = note.sentence_at(offset)
    return "tumour_board" if TUMOUR_BOARD.search(note.lower, max(0, sentence.start - 200), sentence.end) else ""
