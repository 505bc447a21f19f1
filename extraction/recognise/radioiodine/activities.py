"""Activities as they are written: lists, repeats, sums, one activity in two units, tracers and other isotopes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.numbers import NUMBER, read_number, read_word
from extraction.prefilter import matches
from extraction.recognise.radioiodine.radioiodine_context import BETWEEN, NOUN, RAI_NEAR
from extraction.tokenised_note import TokenisedNote

UNIT = (
    r"(?P<unit>m\s?ci\b|millicuries?|gbq|mbq|giga\s?becquerels?|(?<=[\d\s])ci\b|mega\s?becquerels?|mcis?\b|"
    r"g\s?bq|m\s?bq)"
)
LIST = (
    rf"(?:(?P<list>{NUMBER}(?:\s*(?:mci|gbq|mbq)?\s*(?:,|;|and|\+|&|, and|then|followed "
    rf"by)\s*{NUMBER}){{1,8}})|(?P<number>{NUMBER})(?:\s*(?:-|to)\s*(?P<upper>{NUMBER}))?)"
)
ACTIVITY = re.compile(
    rf"(?=[\d<>]|(?<!\w)[amo])(?<![\d.,-])(?<!\d/)(?P<times>\d\s*[x*]\s*)?(?:(?P<sign>>|<|over |more than |about |"
    rf"approximately )\s*)?{LIST}\s*-?\s*{UNIT}(?P<repeat>\s*\)?\s*[x*]\s*(?P<repeats>\d)\b)?"
)
ITEM = re.compile(rf"({NUMBER})\s*(mci|gbq|mbq)?")
UNIT_WORD = ("mci", "m ci", " ci", "bq", "becq", "millicurie")
MCI = Decimal(37)
LARGEST_MBQ = Decimal(18_500)
"""500 mCi: more than twice the largest empiric activity, so that it is a sum. Source: ATA 2015, as below."""

ABLATIVE_MCI = Decimal(25)
"""Below what is ever given to ablate, as below."""

WITHOUT_UNIT = re.compile(
    r"(?:rai|rait|radioiodine|i-?131|131-?i)(?<!\w[ri].{2})(?:\s+(?:therapy|treatment|ablation))?\s*(?:x\s*\d)?\s*"
    r"\(\s*(?P<list>\d{2,3}(?:\s*[/,+]\s*\d{2,3})+)\s*\)"
)
DIAGNOSTIC_MBQ = Decimal(555)
"""Up to 15 mCi may be a tracer activity; ablation begins at 30 mCi. Source: ATA 2015, doi:10.1089/thy.2015.0020."""

SCAN_NEAR = re.compile(
    r"\b(?:diagnostic|tracer|scan|scans|scintigra\w+|wbs|dxwbs|imaging|uptake test|dosimetr\w+|pet|spect)\b"
)
TOTAL = re.compile(
    r"(?:\bcumulative(?:ly)?|\btotal(?:ling|ing)?|\bin total|\baltogether|\boverall|\bcombined|"
    r"\bsum|\breaching|\bamount(?:ing|ed|s)|\baccumulat\w+|\baggregate|\btotals?|\btot\b|\bcum\b)"
    r"(?:[\s:=(]|\b(?:dose|activity|activities|doses|of|radioiodine|rai|i-131|131i|iodine|"
    r"radioactive|was|is|to|a|an|up|administered|therapeutic|the|about|radioiodine|iodine-131|over|"
    r"approximately|131-i|(?:amount|amounts))\b)*$"
)
TOTAL_AFTER = re.compile(
    r"^\s*(?:\([^)]{0,25}\)\s*)?(?:[,(]?\s*)(?:of\s+)?(?:(?:radioiodine|rai|i-?131|131i|"
    r"radioactive iodine|iodine)\s+)?(?:(?:as )?(?:a )?cumulative|in total|altogether|total|"
    r"overall|cum\b|cumulated|in all)(?!\W*(?:\w+\W+){0,3}?[\d.,]+\s*(?:mci|gbq|mbq))"
)
EACH = re.compile(
    r"^\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?:each|apiece|per (?:course|dose|cycle|time|"
    r"treatment|session|administration))\b"
)
EACH_BEFORE = re.compile(
    r"\beach\s+(?:of (?:the |these |which )?(?:(?P<of>two|three|four|five|six|\d)\s+)?)?(?:(?:dose|course|of|time|"
    r"with|cycle|activity|being|was|treatment)\s+)*$"
)
TWICE = re.compile(
    r"^\s*\)?\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?:(?:had been|has been|was|"
    r"were)\s+(?:\w+\s+)?)?(?P<word>twice|three times|thrice|four times|five times|on (?:two|three|four|"
    r"five) (?:separate )?occasions)\b"
)
TIMES_AFTER = re.compile(
    r"^\s*(?:of\s+)?\(?(?:131-?i|i-?131|\(131\)i|rai|radioiodine|iodine-?131)?\s*\)?\s*[x*]\s*(?P<count>\d)\b"
)
COUNTED = re.compile(
    rf"\b(?P<count>two|three|four|five|six|\d)\s+{BETWEEN}{NOUN}\s+(?:of\s+|with\s+|at\s+|"
    rf"\(\s*)*(?:[\w-]+\s+(?:of|with)\s+)?(?:radioiodine|radioactive iodine|rai|i-?131|"
    rf"131-?i)?\s*[(,:]?\s*(?:each\s+)?(?:of\s+|with\s+)?$"
)
COUNT_BEFORE = re.compile(
    rf"\b(?P<count>two|three|four|five|six|\d)\s+{BETWEEN}{NOUN}\b|[x*]\s*(?P<x>\d)\b|\b(?P<twice>twice)\b"
)
TIMES_WORD = {"twice": 2, "thrice": 3, "three times": 3, "four times": 4, "five times": 5}
OTHER_ISOTOPE = re.compile(
    r"\b(?:i-?12[34]|12[34]-?i|tc-?99m|99m-?tc|technetium|fdg|18f|f-?18|ga-?68|68ga|lu-?177|177lu|"
    r"lutetium|y-?90|yttrium|mibg|ra-?223|radium|sr-?89|strontium|p-?32|sm-?153|tl-?201|"
    r"iodine-12[34])\b"
)


@dataclass(frozen=True)
class WrittenActivity:
    """Activities as written in one place. Units: MBq."""

    start: int
    end: int
    each: tuple[tuple[str, Decimal], ...]
    total: bool
    repeats: int = 1


def activities(reading: TokenisedNote) -> Iterator[WrittenActivity]:
    yield from _without_unit(reading)
    last: WrittenActivity | None = None
    for match in matches(reading.lower, ACTIVITY, UNIT_WORD, 90, 25):
        one = _activity(reading, match)
        if last is not None and _same_twice(reading, last, one):
            continue
        last = one
        if _is_radioiodine(reading, match):
            yield one


def _without_unit(reading: TokenisedNote) -> Iterator[WrittenActivity]:
    """`RAI x3 (100/150/200)`: such numbers are activities in mCi."""
    for match in WITHOUT_UNIT.finditer(reading.lower) if "(" in reading.lower else ():
        numbers = [Decimal(number) for number in re.findall(r"\d+", match["list"])]
        if all(ABLATIVE_MCI <= number <= LARGEST_MBQ / MCI for number in numbers):
            yield WrittenActivity(
                match.start("list"), match.end("list"), tuple((f"{one} mCi", one * MCI) for one in numbers), False
            )


def _activity(reading: TokenisedNote, match: re.Match[str]) -> WrittenActivity:
    sentence = reading.sentence_at(match.start())
    start = min(match.start(name) for name in ("times", "list", "number") if match[name])
    before = reading.lower[max(sentence.start, start - 80) : match.start("sign") if match["sign"] else start]
    after = reading.lower[match.end() : min(sentence.end, match.end() + 60)]
    each = _written(match)
    summed = TOTAL.search(before) or TOTAL_AFTER.match(after) or (len(each) == 1 and each[0][1] > LARGEST_MBQ)
    return WrittenActivity(
        start, match.end(), each, bool(summed) and not EACH.match(after), _repeats(match, before, after)
    )


def _written(match: re.Match[str]) -> tuple[tuple[str, Decimal], ...]:
    """Each activity as the summary writes it, and in MBq. In `100, 150 mCi` the unit at the end is that of all."""
    sign = {">": ">", "<": "<", "over ": ">", "more than ": ">"}.get(match["sign"] or "", "")
    if match["upper"]:
        unit, factor, scale = _unit(match["unit"])
        number, upper = (scale * read_number(match[name]) for name in ("number", "upper"))
        return ((f"{sign}{number}-{upper} {unit}", number * factor),)
    items = ITEM.findall(match["list"]) if match["list"] else [(match["number"], "")]
    if len(items) > 1:
        items = [item for item in items if not re.fullmatch(r"(?:19|20)\d\d", item[0])] or items
    out: list[tuple[str, Decimal]] = []
    last = ""
    for written, own in items:
        unit, factor, scale = _unit(own or match["unit"])
        number = scale * (read_number(written) if unit != "MBq" else _whole(written))
        one = (f"{sign}{number} {unit}", number * factor)
        if not (out and unit != last and _near(out[-1][1], one[1])):
            out.append(one)
        last = unit
    return tuple(out)


def _near(one: Decimal, other: Decimal) -> bool:
    """Whether two activities are one in two units, rounded."""
    return abs(one - other) <= one * Decimal("0.08")


def _unit(written: str) -> tuple[str, Decimal, int]:
    """The unit of the summary, its size in MBq, and how many of it are one of what was written."""
    if "c" in written.replace("becquerel", ""):
        return "mCi", MCI, 1000 if written.strip() == "ci" else 1
    return ("GBq", Decimal(1000), 1) if written.startswith("g") else ("MBq", Decimal(1), 1)


def _whole(number: str) -> Decimal:
    """Nobody writes fractions of a MBq: `7.400 MBq` is seven thousand."""
    return Decimal(re.sub(r"[.,']", "", number)) if re.search(r"[.,']\d{3}$", number) else read_number(number)


def _repeats(match: re.Match[str], before: str, after: str) -> int:
    """How many courses of one activity: `2 x 3.7 GBq`, `5.5 GBq x2`, `three courses of 150 mCi each`."""
    if match["times"]:
        return int(match["times"][0])
    if match["repeats"]:
        return int(match["repeats"])
    if times := TIMES_AFTER.match(after):
        return int(times["count"])
    if twice := TWICE.match(after):
        return TIMES_WORD.get(twice["word"]) or read_word(twice["word"].split()[1]) or 1
    if match["list"] or TOTAL.search(before):
        return 1
    if counted := COUNTED.search(before):
        return read_word(counted["count"]) or 1
    if each := EACH_BEFORE.search(before):
        return read_word(each["of"] or "") or 1
    return _said_before(before) if EACH.match(after) else 1


def _said_before(before: str) -> int:
    found = COUNT_BEFORE.search(before)
    if found is None:
        return 1
    return 2 if found["twice"] else read_word(found["count"] or found["x"]) or 1


def _same_twice(reading: TokenisedNote, last: WrittenActivity, one: WrittenActivity) -> bool:
    """`3.7 GBq (100 mCi)` says one activity in two units."""
    gap = reading.lower[last.end : one.start]
    if len(last.each) != len(one.each) or not re.fullmatch(
        r"[\s,;(/=\[~]{0,4}(?:or|i\.e\.,?|equal to|equivalent to|approximately|corresponding to|about)?[\s(]{0,2}", gap
    ):
        return False
    return all(_near(a[1], b[1]) for a, b in zip(last.each, one.each, strict=True))


def _is_radioiodine(reading: TokenisedNote, match: re.Match[str]) -> bool:
    """The isotope must not be another; a tracer activity for a scan is no course."""
    around = reading.near(match.start(), match.end(), 35, 35)
    if OTHER_ISOTOPE.search(around) and not RAI_NEAR.search(around):
        return False
    index = reading.index_at(match.start())
    low, high = reading.sentences[max(0, index - 2)].start, reading.sentences[index].end
    return bool(RAI_NEAR.search(reading.lower, low, high)) or not OTHER_ISOTOPE.search(reading.lower, low, high)


def is_tracer(reading: TokenisedNote, one: WrittenActivity) -> bool:
    if max(each[1] for each in one.each) > DIAGNOSTIC_MBQ:
        return False
    return bool(SCAN_NEAR.search(reading.near(one.start, one.end, 60, 60))) or max(
        each[1] for each in one.each
    ) < Decimal(250)
