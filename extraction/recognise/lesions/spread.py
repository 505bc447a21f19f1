"""Finds statements about the disease as a whole: distant spread, resectability, completeness of the lesion list."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.lesions.lesion_patterns import DENIED_AFTER
from extraction.tokenised_note import TokenisedNote

NO_DISTANT_DISEASE = re.compile(
    r"\b(?:no|without(?: any)?|no evidence of|absence of|negative for|excluded|"
    r"nor)\s+(?:\w+\s+){0,2}?(?:distant|systemic|remote)\s+(?:metasta\w+|spread|disease|mets)|\bno "
    r"metasta(?:ses|sis|tic disease)\b(?! (?:to|in) )"
)
DISTANT_DISEASE = re.compile(
    r"\bdistant\s+(?:metasta\w+|mets|spread|disease)|\bmetastatic\s+(?:(?:papillary|follicular|"
    r"differentiated|poorly|anaplastic|medullary|h(?:ü|u)rthle|oncocytic|thyroid|dtc|ptc|ftc|mtc|"
    r"cell|tall)\b[\s-]*)+"
)
UNRESECTABLE = re.compile(
    r"\b(?:unresectable|inoperable|not resectable|irresectable|not amenable to (?:surgery|resection)|non-resectable)\b"
)
LOCALLY_ADVANCED = re.compile(r"\blocally advanced\b")
LIST_COMPLETE = re.compile(
    r"\bno other (?:lesions?|metasta\w+|sites? of (?:disease|metasta\w+)|disease|foci)\b|\bno further lesions?\b"
)


SPREAD_SUBSTRINGS = (
    "distant",
    "systemic",
    "remote",
    "no metasta",
    "metastatic",
    "resect",
    "operable",
    "amenable",
    "locally",
    "no other",
    "no further",
)


def find_spread(note: TokenisedNote) -> Iterator[Mention]:
    """Yield these statements."""
    if not note.contains_any(SPREAD_SUBSTRINGS):
        return
    for kind, pattern, value in (
        ("distant", NO_DISTANT_DISEASE, False),
        ("distant", DISTANT_DISEASE, True),
        ("unresectable", UNRESECTABLE, True),
        ("advanced", LOCALLY_ADVANCED, True),
        ("lesions_complete", LIST_COMPLETE, True),
    ):
        for match in pattern.finditer(note.lower):
            if value and DENIED_AFTER.match(note.lower[match.end() : match.end() + 20]):
                continue
            context = context_of(
                note,
                match.start(),
                match.end(),
                "historical",
                "planned",
                *(() if value and kind != "lesions_complete" else ("negated",)),
            )
            yield Mention(
                kind, {"value": value}, match.start(), match.end(), f"lesions.{kind}", context.categories, context.cue
            )
