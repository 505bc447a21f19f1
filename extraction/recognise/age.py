"""The age at the time of the note; ages at events and ages of relatives are left alone."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import WORD_NUMBER, read_word
from extraction.prefilter import holds
from extraction.tokenised_note import TokenisedNote

NUMBER = rf"(?P<age>\d{{1,3}}|{WORD_NUMBER})"
FORMS = (
    ("age.years_old", re.compile(rf"\b{NUMBER}[\s-]*(?P<unit>years?|yrs?|months?|weeks?)[\s-]*(?:old|of age)\b")),
    ("age.yo", re.compile(rf"\b{NUMBER}\s*-?\s*(?:y[-./\s]{{0,2}}o\b\.?|yrs?\s*/\s*o|yo)\b")),
    ("age.sex_after", re.compile(rf"\b{NUMBER}\s*-?\s*(?:years?|yrs?|y|yo)?[\s,/|-]*(?:caucasian |white |asian |"
    rf"black )?"
                                 r"(?:female|male|woman|man|lady|gentleman|boy|girl|[fm])\b(?![-'/]|\s*[:=\d])")),
    ("age.sex_before", re.compile(
        rf"\b(?:female|male|woman|man|[fm])\b[\s,/:(-]*(?:aged?\s*)?{NUMBER}\s*(?:years?|yrs?|y|yo)?\b"
                                  r"(?![.,/x]?\d|\s*(?:mci|mm|cm|mg|gbq|%|ng|months|/))")),
    ("age.now", re.compile(rf"\b(?:gentleman|lady|man|woman|patient|(?:who|s?he) is),?\s+now\s+(?:aged\s+)?{NUMBER}\b"
                           r"(?!\s*(?:months|weeks))")),
    ("age.plain", re.compile(rf"\b(?:he|she) is {NUMBER}(?=\s+and\b|\s+years?\b|\s*[.,;]\s)")),
    ("age.of_years", re.compile(rf"\bpatient(?: is| aged)?(?: of)? {NUMBER} (?:years?|yrs?|y)\b")),
    ("age.alone", re.compile(rf"(?:^|[.;,:]\s*|\bps \d\.?\s*){NUMBER}\s?(?:y|yr|yrs|yo|years)\b\.?"
                             r"(?=\s*(?:[,;./(]|$))")),
    ("age.aged", re.compile(rf"\baged\s*:?\s*{NUMBER}\b(?!\s*(?:months|weeks|days))")),
    ("age.label", re.compile(rf"\b(?:age|alter)\b(?: (?:at|on) (?:registration|inclusion|referral|enrolment|"
    rf"enrollment|last "
                             r"(?:visit|contact|follow-?up)|study entry))?[^\w\n]{0,4}"
                             rf"(?:/\s*(?:sex|gender)\s*)?[:=\s]\s*{NUMBER}\b"
                             r"(?!\s*(?:months|weeks|days|%))")),
    ("age.in_brackets", re.compile(rf"\b(?:woman|man|lady|gentleman|patient|female|male|girl|boy)\b[^.;()\d]{{0,40}}"
                                   rf"\({NUMBER}\s*(?:years?|yrs?|y\.?o?)\b")),
    ("age.unhyphened", re.compile(rf"\b{NUMBER}[\s-]+(?:years?|yrs?)[\s,-]+(?:\w+\s+){{0,2}}"
                                  r"(?:female|male|woman|man|lady|gentleman|boy|girl|patient)\b")),
)  # fmt: skip
LEADING = frozenset({"age.years_old", "age.yo", "age.sex_after", "age.unhyphened"})
"""Forms that begin with the number: tried only where one stands."""

HELD = {
    "age.now": ("now",),
    "age.of_years": ("patient",),
    "age.aged": ("aged",),
    "age.plain": ("he is",),
    "age.in_brackets": ("(",),
    "age.label": ("age", "alter"),
}
"""Pieces that every match of a form holds."""

NUMBERS = re.compile(rf"\b{NUMBER}")
# "at the age of 51" dates an event; so does "when she was 12 years old".
OPENING = 250
"""Units: characters. Letters state the age where they begin; only if they do not, the rest is searched."""

EVENT = re.compile(
    r"\b(?:at|since|from|by|until|when|before|after)\s+(?:the\s+)?(?:age\s*(?:of|:)?\s*)?(?:(?:s?he|they) was\s*)?$"
)
OF_RELATIVE = re.compile(
    r"^[\s-]*(?:\w+\s+)?(?:mother|father|sister|brother|daughter|son|aunt|uncle|cousin|grand\w+|relative|wife|husband)"
)
DURATION = re.compile(r"^\s*(?:history|duration|of follow|follow|ago|later|earlier|disease|course)")


def find_age(reading: TokenisedNote) -> Iterator[Mention]:
    """The first age that is the patient's now."""
    for end in (OPENING, len(reading.lower)):
        found = sorted(_candidates(reading, end), key=lambda finding: (not finding.used, finding.start))
        if found and found[0].used:
            break
    yield from found[:1]


def _candidates(reading: TokenisedNote, end: int) -> Iterator[Mention]:
    opening = reading.lower[:end]
    numbers = [match.start() for match in NUMBERS.finditer(reading.lower, 0, end)]
    for rule, pattern in FORMS:
        if not holds(opening, HELD.get(rule, ("",))):
            continue
        for match in _matches(reading.lower, rule, pattern, numbers, end):
            years = read_word(match["age"])
            if years is None or years > 130 or not _is_current(reading.lower, match):
                continue
            unit = match.groupdict().get("unit") or "years"
            value = f"{years} {'months' if unit.startswith('mo') else 'weeks' if unit.startswith('w') else 'years'}"
            if rule in ("age.sex_before", "age.sex_after") and not _plausible(reading, match, years):
                continue
            context = context_of(
                reading,
                match.start(),
                match.end(),
                "negated",
                "planned",
                "historical",
                "uncertain",
                "superseded",
                "conditional",
            )
            yield Mention("age", {"age": value}, match.start(), match.end(), rule, context.categories, context.cue)


def _matches(text: str, rule: str, pattern: re.Pattern[str], numbers: list[int], end: int) -> Iterator[re.Match[str]]:
    if rule not in LEADING:
        yield from pattern.finditer(text, 0, end)
        return
    for place in numbers:
        if match := pattern.match(text, place, end):
            yield match


def _is_current(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    if EVENT.search(before) or OF_RELATIVE.match(after) or DURATION.match(after):
        return False
    return not re.search(r"\b(?:aged|age)\s*$", before) or not EVENT.search(re.sub(r"(?:aged|age)\s*$", "", before))


def _plausible(reading: TokenisedNote, match: re.Match[str], years: int) -> bool:
    """A letter beside a number is an age only in capitals: `63F`, `M 71`; never `T4 m` or `2 f`."""
    letter = re.search(r"(?<![A-Za-z])[fmFM](?![A-Za-z])", reading.flat[match.start() : match.end()])
    return years >= 5 and (letter is None or letter.group().isupper())
