"""Finds the sex: from a noun, the letter of a form, or pronouns."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.tokenised_note import TokenisedNote

SEX_NOUN = re.compile(
    r"\b(?:(?P<female>woman|female|lady|girl|housewife|mrs|ms|miss|women)|(?P<male>man|male|gentleman|boy|mr))\b"
)
SEX_LETTER = re.compile(
    r"(?:\b\d{1,3}\s*-?\s*(?:[Yy](?:rs?|ears?|/?o)?)?[\s,/-]*(?P<after>[FM])\b(?![-'/])|"
    r"\bpatient\s*\((?P<bracket>[FMfm])\.?\)|"
    r"^\s*(?:Pt\s+)?(?P<before>[FM])\b[\s,/]*\d|"
                  r"\b(?:[Ss]ex|SEX|[Gg]ender)\s*[:=]?\s*(?P<label>[FMfm])(?:emale|ale)?\b|"
                  r"\b(?P<lead>[FM])\s*[,/(]\s*\d{1,3}\s*(?:y|\b))",
                  re.MULTILINE)  # fmt: skip
PRONOUN = re.compile(r"\b(?:(?P<female>she|her|hers|herself)|(?P<male>he|his|him|himself))\b")
PREGNANCY_WORD = re.compile(r"\b(?:pregnan(?:t|cy)|postpartum|gravida|postmenopausal|menopausal|lactating)\b")
PROFESSION_AFTER = re.compile(r"^\s*(?:doctor|physician|gp)\b")


def find_sex(note: TokenisedNote) -> Iterator[Mention]:
    """Yield at most one mention: nouns take precedence over letters, and letters over pronouns."""
    for rule, pattern, text in (("sex.noun", SEX_NOUN, note.lower), ("sex.form", SEX_LETTER, note.flat)):
        for match in pattern.finditer(text):
            if _is_of_patient(note, match):
                yield _sex_mention(note, match, _sex_code(match), rule)
                return
    yield from _by_pronouns(note)


def _sex_code(match: re.Match[str]) -> str:
    groups = {name: text for name, text in match.groupdict().items() if text}
    if "female" in groups or "male" in groups:
        return "female" if "female" in groups else "male"
    return "female" if next(iter(groups.values())).upper() == "F" else "male"


def _is_of_patient(note: TokenisedNote, match: re.Match[str]) -> bool:
    categories = context_of(note, match.start(), match.end(), "negated").categories
    return not categories & {"family", "other_person"} and not PROFESSION_AFTER.match(
        note.lower[match.end() : match.end() + 12]
    )


def _sex_mention(note: TokenisedNote, match: re.Match[str], code: str, rule: str) -> Mention:
    return Mention(
        "sex",
        {"sex": code},
        match.start(),
        match.end(),
        rule,
        certainty="inferred" if rule == "sex.pronoun" else "stated",
    )


def _by_pronouns(note: TokenisedNote) -> Iterator[Mention]:
    """Yield the sex of the more frequent pronoun; nothing if both are equally frequent."""
    pronouns: dict[str, list[re.Match[str]]] = {"female": [], "male": []}
    for match in PRONOUN.finditer(note.lower):
        if not context_of(note, match.start(), match.end()).categories & {"family", "other_person"}:
            pronouns[_sex_code(match)].append(match)
    women, men = len(pronouns["female"]), len(pronouns["male"])
    if women != men:
        code = "female" if women > men else "male"
        yield _sex_mention(note, pronouns[code][0], code, "sex.pronoun")
