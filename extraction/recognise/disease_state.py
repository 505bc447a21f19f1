"""Finds statements about the disease as a whole: burden, remission and progression."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import PERIOD, read_period
from extraction.prefilter import matches_near
from extraction.tokenised_note import TokenisedNote

OTHER_DISEASE_WORD = re.compile(
    r"\b(?:symptom\w*|hyponatr\w*|pain|diarrh\w*|rash|lymphoma|leuk\w+|breast|sarcoid\w*)\b"
)
PROGRESSION = re.compile(
    r"\b(?:progress(?:ed|ing|ion|ive disease)|pd\b|grew|grown|growth of|(?<!hepato)enlarg(?:ed|ing|"
    r"ement)\b(?!\s+(?:\w+\s+)?(?:lns?\b|lymph|node|gland|thyroid|goit|cervical))|"
    r"increas(?:e|ed|ing) in (?:size|number|diameter)|new (?:lung|bone|liver|pulmonary|"
    r"nodal)?\s*(?:lesions?|metastas[ei]s)|disease progression|structural progression)\b"
)
PROGRESSION_SUBSTRINGS = ("progress", "pd", "grew", "grow", "enlarg", "increas", "new ")
PROGRESSION_PERIOD = re.compile(
    rf"\b(?:within|over|during|in|across)\s+(?:the\s+)?(?:(?:last|past|previous|preceding|following|"
    rf"next|space of|a period of|course of|about|approximately)\s+)*{PERIOD}"
)
PROGRESSION_BASES = (("recist_1_1", re.compile(r"\brecist\b")), ("fdg", re.compile(
    r"\b(?:fdg|pet)\b[^.;]{0,30}progress|metabolic progress")),
         ("biochemical", re.compile(
             r"\bbiochemical progress|rising (?:tg|thyroglobulin)|progress\w*[^.;]{0,20}thyroglobulin")),
         ("clinical", re.compile(r"\bclinical progress")), ("imaging", re.compile(
             r"\b(?:radiolog\w*|radiograph\w*|imaging|ct|mri)\b")))  # fmt: skip
LARGE_MASS = re.compile(
    r"\b(?:large|huge|giant|bulky|massive|voluminous)\b[^.;:\n]{0,50}?\b(?:mass(?:es)?|"
    r"metastas[ie]s|conglomerates?|recurrence)\b"
)


def find_disease_state(note: TokenisedNote) -> Iterator[Mention]:
    """Yield burdens, then progressions."""
    yield from _burden(note)
    yield from _large_masses(note)
    yield from _progression(note)


def _burden(note: TokenisedNote) -> Iterator[Mention]:
    for hit in note.hits_of("burden"):
        nearby = note.text_near(hit.start, hit.end, 20, 45)
        if hit.code == "none" and OTHER_DISEASE_WORD.search(nearby):
            continue
        context = context_of(
            note,
            hit.start,
            hit.end,
            "historical",
            "planned",
            *(("negated",) if hit.code in ("none", "biochemical_only") else ()),
        )
        certainty = "uncertain" if "uncertain" in context.categories else "stated"
        yield Mention(
            "burden",
            {"burden": hit.code},
            hit.start,
            hit.end,
            f"disease.{hit.code}",
            context.categories,
            context.cue,
            certainty,
        )


def _large_masses(note: TokenisedNote) -> Iterator[Mention]:
    for match in (
        LARGE_MASS.finditer(note.lower)
        if note.contains_any(("large", "huge", "giant", "bulky", "massive", "volumin"))
        else ()
    ):
        context = context_of(note, match.start(), match.end(), "planned")
        yield Mention(
            "burden",
            {"burden": "macroscopic"},
            match.start(),
            match.end(),
            "disease.large",
            context.categories,
            context.cue,
        )


def _progression(note: TokenisedNote) -> Iterator[Mention]:
    for match in matches_near(note.lower, PROGRESSION, PROGRESSION_SUBSTRINGS, 12, 40):
        context = context_of(note, match.start(), match.end(), "historical")
        sentence = note.sentence_at(match.start())
        nearby = note.text_near(match.start(), match.end(), 60, 60)
        if re.search(
            r"\bno (?:evidence of |sign of |further |disease )?(?:progression|growth|new)|\bnot progress|"
            r"without progression|\bno progress",
            nearby,
        ):
            continue
        value: dict[str, object] = {"progressed": True}
        if within := PROGRESSION_PERIOD.search(
            note.lower, max(sentence.start, match.start() - 60), min(sentence.end, match.end() + 80)
        ):
            value["within"] = read_period(within)
        if basis := next((code for code, pattern in PROGRESSION_BASES if pattern.search(nearby)), None):
            value["basis"] = basis
        yield Mention(
            "progression", value, match.start(), match.end(), "disease.progression", context.categories, context.cue
        )
