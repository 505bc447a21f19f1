"""Finds the age at the time of the note; ages at events and ages of relatives are ignored."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import NUMBER_IN_WORDS, read_word
from extraction.prefilter import contains_any
from extraction.tokenised_note import TokenisedNote

AGE_NUMBER = rf"(?P<age>\d{{1,3}}|{NUMBER_IN_WORDS})"
AGE_FORMS = (
    ("age.years_old", re.compile(rf"\b{AGE_NUMBER}[\s-]*(?P<unit>years?|yrs?|months?|weeks?)[\s-]*(?:old|of age)\b")),
    ("age.yo", re.compile(rf"\b{AGE_NUMBER}\s*-?\s*(?:y[-./\s]{{0,2}}o\b\.?|yrs?\s*/\s*o|yo)\b")),
    ("age.sex_after", re.compile(rf"\b{AGE_NUMBER}\s*-?\s*(?:years?|yrs?|y|yo)?[\s,/|-]*(?:caucasian |white |asian |"
    rf"black )?"
                                 r"(?:female|male|woman|man|lady|gentleman|boy|girl|[fm])\b(?![-'/]|\s*[:=\d])")),
    ("age.sex_before", re.compile(
        rf"\b(?:female|male|woman|man|[fm])\b[\s,/:(-]*(?:aged?\s*)?{AGE_NUMBER}\s*(?:years?|yrs?|y|yo)?\b"
                                  r"(?![.,/x]?\d|\s*(?:mci|mm|cm|mg|gbq|%|ng|months|/))")),
    ("age.now", re.compile(rf"\b(?:gentleman|lady|man|woman|patient|(?:who|s?he) is),?\s+now\s+(?:aged\s+)?"
                           rf"{AGE_NUMBER}\b"
                           r"(?!\s*(?:months|weeks))")),
    ("age.plain", re.compile(rf"\b(?:he|she) is {AGE_NUMBER}(?=\s+and\b|\s+years?\b|\s*[.,;]\s)")),
    ("age.of_years", re.compile(rf"\bpatient(?: is| aged)?(?: of)? {AGE_NUMBER} (?:years?|yrs?|y)\b")),
    ("age.alone", re.compile(rf"(?:^|[.;,:]\s*|\bps \d\.?\s*){AGE_NUMBER}\s?(?:y|yr|yrs|yo|years)\b\.?"
                             r"(?=\s*(?:[,;./(]|$))")),
    ("age.aged", re.compile(rf"\baged\s*:?\s*{AGE_NUMBER}\b(?!\s*(?:months|weeks|days))")),
    ("age.label", re.compile(rf"\b(?:age|alter)\b(?: (?:at|on) (?:registration|inclusion|referral|enrolment|"
    rf"enrollment|last "
                             r"(?:visit|contact|follow-?up)|study entry))?[^\w\n]{0,4}"
                             rf"(?:/\s*(?:sex|gender)\s*)?[:=\s]\s*{AGE_NUMBER}\b"
                             r"(?!\s*(?:months|weeks|days|%))")),
    ("age.in_brackets", re.compile(rf"\b(?:woman|man|lady|gentleman|patient|female|male|girl|boy)\b[^.;()\d]{{0,40}}"
                                   rf"\({AGE_NUMBER}\s*(?:years?|yrs?|y\.?o?)\b")),
    ("age.unhyphened", re.compile(rf"\b{AGE_NUMBER}[\s-]+(?:years?|yrs?)[\s,-]+(?:\w+\s+){{0,2}}"
                                  r"(?:female|male|woman|man|lady|gentleman|boy|girl|patient)\b")),
)  # fmt: skip
NUMBER_FIRST_FORMS = frozenset({"age.years_old", "age.yo", "age.sex_after", "age.unhyphened"})
"""Forms that begin with the number: tried only at a number."""

REQUIRED_SUBSTRINGS = {
    "age.now": ("now",),
    "age.of_years": ("patient",),
    "age.aged": ("aged",),
    "age.plain": ("he is",),
    "age.in_brackets": ("(",),
    "age.label": ("age", "alter"),
}
"""Substrings of which every match of a form contains at least one."""

AGE_NUMBER_START = re.compile(rf"\b{AGE_NUMBER}")
OPENING_CHARACTERS = 250
"""Units: characters. Letters report the age at the beginning; the rest is searched only if they do not."""

# "at the age of 51" dates an event; so does "when she was 12 years old".
EVENT_BEFORE = re.compile(
    r"\b(?:at|since|from|by|until|when|before|after)\s+(?:the\s+)?(?:age\s*(?:of|:)?\s*)?(?:(?:s?he|they) was\s*)?$"
)
RELATIVE_AFTER = re.compile(
    r"^[\s-]*(?:\w+\s+)?(?:mother|father|sister|brother|daughter|son|aunt|uncle|cousin|grand\w+|relative|wife|husband)"
)
DURATION_AFTER = re.compile(r"^\s*(?:history|duration|of follow|follow|ago|later|earlier|disease|course)")


def find_age(note: TokenisedNote) -> Iterator[Mention]:
    """Yield the first age that is the patient's current age."""
    for end in (OPENING_CHARACTERS, len(note.lower)):
        ages = sorted(_candidate_ages(note, end), key=lambda mention: (not mention.used, mention.start))
        if ages and ages[0].used:
            break
    yield from ages[:1]


def _candidate_ages(note: TokenisedNote, end: int) -> Iterator[Mention]:
    opening = note.lower[:end]
    numbers = [match.start() for match in AGE_NUMBER_START.finditer(note.lower, 0, end)]
    for rule, pattern in AGE_FORMS:
        if not contains_any(opening, REQUIRED_SUBSTRINGS.get(rule, ("",))):
            continue
        for match in _form_matches(note.lower, rule, pattern, numbers, end):
            years = read_word(match["age"])
            if years is None or years > 130 or not _is_current(note.lower, match):
                continue
            unit = match.groupdict().get("unit") or "years"
            value = f"{years} {'months' if unit.startswith('mo') else 'weeks' if unit.startswith('w') else 'years'}"
            if rule in ("age.sex_before", "age.sex_after") and not _is_plausible(note, match, years):
                continue
            context = context_of(
                note,
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


def _form_matches(
    text: str, rule: str, pattern: re.Pattern[str], numbers: list[int], end: int
) -> Iterator[re.Match[str]]:
    if rule not in NUMBER_FIRST_FORMS:
        yield from pattern.finditer(text, 0, end)
        return
    for offset in numbers:
        if match := pattern.match(text, offset, end):
            yield match


def _is_current(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
    if EVENT_BEFORE.search(before) or RELATIVE_AFTER.match(after) or DURATION_AFTER.match(after):
        return False
    return not re.search(r"\b(?:aged|age)\s*$", before) or not EVENT_BEFORE.search(
        re.sub(r"(?:aged|age)\s*$", "", before)
    )


def _is_plausible(note: TokenisedNote, match: re.Match[str], years: int) -> bool:
    """Whether a form with a letter for the sex is an age: only in capitals (`63F`, `M 71`), never `T4 m` or `2 f`."""
    letter = re.search(r"(?<![A-Za-z])[fmFM](?![A-Za-z])", note.flat[match.start() : match.end()])
    return years >= 5 and (letter is None or letter.group().isupper())
