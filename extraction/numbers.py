"""Reads numbers as notes write them: words, decimal and thousands separators, periods and times of events."""

import re
from decimal import Decimal

from extraction.prefilter import contains_any
from schemas.summary.quantity import FIRST_YEAR

NUMBER = r"(?:\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,6}(?:[.,]\d{1,4})?)"
"""A written number; `read_number` interprets its separators."""

NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "zero",
            "one a an single once",
            "two twice both second",
            "three thrice",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        )
    )
    for word in words.split()
}
NUMBER_WORDS["second"] = 2
TENS_WORDS = {
    word: 10 * place
    for place, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)  # noqa: SIM905
}
ORDINAL_WORDS = {
    word: place
    for place, words in enumerate(
        ("first 1st initial", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th",
         "eighth 8th", "ninth 9th", "tenth 10th"), 1)
    for word in words.split()
}  # fmt: skip
NUMBER_IN_WORDS = "|".join(
    [rf"(?:{'|'.join(TENS_WORDS)})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?",
     *sorted((word for word in NUMBER_WORDS
              if word not in ("a", "an", "single", "once", "twice", "both", "second", "thrice")),
             key=len, reverse=True)]
)  # fmt: skip
TIME_UNITS = {"day": "days", "week": "weeks", "wk": "weeks", "month": "months", "mo": "months", "mth": "months",
              "year": "years", "yr": "years"}  # fmt: skip
PERIOD_COUNT = rf"(?:\d{{1,3}}(?:[.,]5)?|{NUMBER_IN_WORDS}|an?|several|a few|few)"
PERIOD = (
    rf"(?P<count>{PERIOD_COUNT})(?:\s*(?:-|to)\s*(?P<upper>\d{{1,3}}))?[ -]*(?P<unit>days?|weeks?|wks?|"
    rf"months?|mos?|mths?|years?|yrs?)\b"
)


def read_number(written: str, decimal_comma: bool = False) -> Decimal:
    """Return the value of a written number. `decimal_comma`: the note writes decimals with a comma elsewhere.

    A separator before exactly three digits marks thousands if it is a comma or an apostrophe, if it is repeated, or if
    the digits are 000: nobody measures to three zeros. A full stop before three other digits is a decimal mark, unless
    the note writes decimals with commas.
    """
    written = written.replace(" ", "")
    marks = re.findall(r"[.,']", written)
    if not marks:
        return Decimal(written)
    last_mark = written.rindex(marks[-1])
    tail = written[last_mark + 1 :]
    if len(marks) > 1 and marks[-1] != marks[0]:
        return Decimal(re.sub(r"[.,']", "", written[:last_mark]) + "." + tail)
    thousands = len(tail) == 3 and not written.startswith("0") and (
        marks[-1] in ",'" or len(marks) > 1 or tail == "000" or decimal_comma
    )  # fmt: skip
    if thousands:
        return Decimal(re.sub(r"[.,']", "", written))
    return Decimal(written[:last_mark] + "." + tail)


def read_word(word: str) -> int | None:
    """Return the value of a number word such as `fifty-seven`, or None."""
    word = word.strip().lower()
    if word.isdigit():
        return int(word)
    first, _, second = word.replace("-", " ").partition(" ")
    if first in TENS_WORDS:
        return TENS_WORDS[first] + (NUMBER_WORDS.get(second.strip(), 0) if second else 0)
    return NUMBER_WORDS.get(first) if not second else None


def read_period(match: re.Match[str]) -> str | None:
    """Return a match of `PERIOD` as a quantity such as `5 weeks`; `several` means at least two."""
    unit = next((name for word, name in TIME_UNITS.items() if match["unit"].lower().startswith(word)), "months")
    count = match["count"].lower().strip()
    if count in ("several", "few", "a few"):
        return f">=2 {unit}"
    number = count.replace(",", ".") if count[0].isdigit() else str(read_word(count) or "")
    if not number:
        return None
    return f"{number}-{match['upper']} {unit}" if match["upper"] else f"{number} {unit}"


TIME_AGO = re.compile(rf"(?:\b(?P<about>about|around|approximately|some|over|more than|nearly|almost)\s+)?\b{PERIOD}\s*"
                 r"(?:ago|earlier|before|back|prior(?! to)|previously)\b")  # fmt: skip
TIME_AGO_SUBSTRINGS = ("ago", "earlier", "before", "back", "prior", "previously")
EVENT_YEAR = re.compile(r"\b(?:in|since|of|from|until|till|during|late|early|mid-?)?\s*(?P<year>(?:19|20)\d\d)\b")
LAST_PERIOD = re.compile(r"\blast (?P<unit>week|month|year)\b")


def event_time(text: str, as_of: int | None) -> tuple[dict[str, object], int, int] | None:
    """Return the first time in a text with its offsets: `{"ago": ...}`, or a year if the year of the note is known."""
    if contains_any(text, TIME_AGO_SUBSTRINGS) and (match := TIME_AGO.search(text)):
        period = read_period(match)
        if period and not period.startswith(">") and not match["about"]:
            return {"ago": period}, match.start(), match.end()
        return None
    year = EVENT_YEAR.search(text)
    if year and as_of and FIRST_YEAR <= int(year["year"]) <= as_of:
        return {"year": int(year["year"]), "as_of": as_of}, year.start("year"), year.end("year")
    return None
