"""Sex: the noun of the patient, a form's letter, or the pronouns that speak of the patient."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.tokenised_note import TokenisedNote

NOUN = re.compile(
    r"\b(?:(?P<female>woman|female|lady|girl|housewife|mrs|ms|miss|women)|(?P<male>man|male|gentleman|boy|mr))\b"
)
FORM = re.compile(
    r"(?:\b\d{1,3}\s*-?\s*(?:[Yy](?:rs?|ears?|/?o)?)?[\s,/-]*(?P<after>[FM])\b(?![-'/])|"
    r"\bpatient\s*\((?P<bracket>[FMfm])\.?\)|"
    r"^\s*(?:Pt\s+)?(?P<before>[FM])\b[\s,/]*\d|"
                  r"\b(?:[Ss]ex|SEX|[Gg]ender)\s*[:=]?\s*(?P<label>[FMfm])(?:emale|ale)?\b|"
                  r"\b(?P<lead>[FM])\s*[,/(]\s*\d{1,3}\s*(?:y|\b))",
                  re.MULTILINE)  # fmt: skip
PRONOUN = re.compile(r"\b(?:(?P<female>she|her|hers|herself)|(?P<male>he|his|him|himself))\b")
PREGNANT = re.compile(r"\b(?:pregnan(?:t|cy)|postpartum|gravida|postmenopausal|menopausal|lactating)\b")
OTHERS = re.compile(r"^\s*(?:doctor|physician|gp)\b")


def find_sex(reading: TokenisedNote) -> Iterator[Mention]:
    """One finding at most: nouns go before letters of forms, and those before pronouns."""
    for rule, pattern, text in (("sex.noun", NOUN, reading.lower), ("sex.form", FORM, reading.flat)):
        for match in pattern.finditer(text):
            if _of_patient(reading, match):
                yield _finding(reading, match, _code(match), rule)
                return
    yield from _by_pronouns(reading)


def _code(match: re.Match[str]) -> str:
    groups = {name: text for name, text in match.groupdict().items() if text}
    if "female" in groups or "male" in groups:
        return "female" if "female" in groups else "male"
    return "female" if next(iter(groups.values())).upper() == "F" else "male"


def _of_patient(reading: TokenisedNote, match: re.Match[str]) -> bool:
    categories = context_of(reading, match.start(), match.end(), "negated").categories
    return not categories & {"family", "other_person"} and not OTHERS.match(
        reading.lower[match.end() : match.end() + 12]
    )


def _finding(reading: TokenisedNote, match: re.Match[str], code: str, rule: str) -> Mention:
    return Mention(
        "sex",
        {"sex": code},
        match.start(),
        match.end(),
        rule,
        certainty="inferred" if rule == "sex.pronoun" else "stated",
    )


def _by_pronouns(reading: TokenisedNote) -> Iterator[Mention]:
    """The commoner pronoun; where both are as common, nothing is said."""
    found: dict[str, list[re.Match[str]]] = {"female": [], "male": []}
    for match in PRONOUN.finditer(reading.lower):
        if not context_of(reading, match.start(), match.end()).categories & {"family", "other_person"}:
            found[_code(match)].append(match)
    women, men = len(found["female"]), len(found["male"])
    if women != men:
        code = "female" if women > men else "male"
        yield _finding(reading, found[code][0], code, "sex.pronoun")
