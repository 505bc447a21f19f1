"""Finds written activities: lists, repeats, sums and equivalents, without tracers and other isotopes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.numbers import NUMBER, read_number, read_word
from extraction.prefilter import matches_near
from extraction.recognise.radioiodine.radioiodine_context import COURSE_ADJECTIVES, COURSE_NOUN, RADIOIODINE_WORD
from extraction.tokenised_note import TokenisedNote

ACTIVITY_UNIT = (
    r"(?P<unit>m\s?ci\b|millicuries?|gbq|mbq|giga\s?becquerels?|(?<=[\d\s])ci\b|mega\s?becquerels?|mcis?\b|"
    r"g\s?bq|m\s?bq)"
)
NUMBER_LIST = (
    rf"(?:(?P<list>{NUMBER}(?:\s*(?:mci|gbq|mbq)?\s*(?:,|;|and|\+|&|, and|then|followed "
    rf"by)\s*{NUMBER}){{1,8}})|(?P<number>{NUMBER})(?:\s*(?:-|to)\s*(?P<upper>{NUMBER}))?)"
)
ACTIVITY = re.compile(
    rf"(?=[\d<>]|(?<!\w)[amo])(?<![\d.,-])(?<!\d/)(?P<times>\d\s*[x*]\s*)?(?:(?P<sign>>|<|over |more than |about |"
    rf"approximately )\s*)?{NUMBER_LIST}\s*-?\s*{ACTIVITY_UNIT}(?P<repeat>\s*\)?\s*[x*]\s*(?P<repeats>\d)\b)?"
)
LISTED_ACTIVITY = re.compile(rf"({NUMBER})\s*(mci|gbq|mbq)?")
ACTIVITY_UNIT_SUBSTRINGS = ("mci", "m ci", " ci", "bq", "becq", "millicurie")
MBQ_PER_MCI = Decimal(37)
MAX_SINGLE_ACTIVITY_MBQ = Decimal(18_500)
"""500 mCi: more than twice the largest empiric activity, so it must be a sum. Source: ATA 2015, as below."""

MIN_ABLATIVE_MCI = Decimal(25)
"""Below any ablative activity. Source: ATA 2015, as below."""

ACTIVITIES_WITHOUT_UNIT = re.compile(
    r"(?:rai|rait|radioiodine|i-?131|131-?i)(?<!\w[ri].{2})(?:\s+(?:therapy|treatment|ablation))?\s*(?:x\s*\d)?\s*"
    r"\(\s*(?P<list>\d{2,3}(?:\s*[/,+]\s*\d{2,3})+)\s*\)"
)
MAX_DIAGNOSTIC_MBQ = Decimal(555)
"""Up to 15 mCi may be a tracer activity; ablation starts at 30 mCi. Source: ATA 2015, doi:10.1089/thy.2015.0020."""

MIN_COURSE_MBQ = Decimal(250)
"""Smaller activities are tracers even if no scan is mentioned."""

SCAN_WORD = re.compile(
    r"\b(?:diagnostic|tracer|scan|scans|scintigra\w+|wbs|dxwbs|imaging|uptake test|dosimetr\w+|pet|spect)\b"
)
TOTAL_BEFORE = re.compile(
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
EACH_AFTER = re.compile(
    r"^\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?:each|apiece|per (?:course|dose|cycle|time|"
    r"treatment|session|administration))\b"
)
EACH_BEFORE = re.compile(
    r"\beach\s+(?:of (?:the |these |which )?(?:(?P<of>two|three|four|five|six|\d)\s+)?)?(?:(?:dose|course|of|time|"
    r"with|cycle|activity|being|was|treatment)\s+)*$"
)
TIMES_IN_WORDS_AFTER = re.compile(
    r"^\s*\)?\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?:(?:had been|has been|was|"
    r"were)\s+(?:\w+\s+)?)?(?P<word>twice|three times|thrice|four times|five times|on (?:two|three|four|"
    r"five) (?:separate )?occasions)\b"
)
TIMES_AFTER = re.compile(
    r"^\s*(?:of\s+)?\(?(?:131-?i|i-?131|\(131\)i|rai|radioiodine|iodine-?131)?\s*\)?\s*[x*]\s*(?P<count>\d)\b"
)
COUNTED_COURSES_BEFORE = re.compile(
    rf"\b(?P<count>two|three|four|five|six|\d)\s+{COURSE_ADJECTIVES}{COURSE_NOUN}\s+(?:of\s+|with\s+|at\s+|"
    rf"\(\s*)*(?:[\w-]+\s+(?:of|with)\s+)?(?:radioiodine|radioactive iodine|rai|i-?131|"
    rf"131-?i)?\s*[(,:]?\s*(?:each\s+)?(?:of\s+|with\s+)?$"
)
COUNT_BEFORE = re.compile(
    rf"\b(?P<count>two|three|four|five|six|\d)\s+{COURSE_ADJECTIVES}{COURSE_NOUN}\b|[x*]\s*(?P<x>\d)\b|\b(?P<twice>twice)\b"
)
COUNT_OF_TIMES = {"twice": 2, "thrice": 3, "three times": 3, "four times": 4, "five times": 5}
OTHER_ISOTOPE = re.compile(
    r"\b(?:i-?12[34]|12[34]-?i|tc-?99m|99m-?tc|technetium|fdg|18f|f-?18|ga-?68|68ga|lu-?177|177lu|"
    r"lutetium|y-?90|yttrium|mibg|ra-?223|radium|sr-?89|strontium|p-?32|sm-?153|tl-?201|"
    r"iodine-12[34])\b"
)


@dataclass(frozen=True)
class WrittenActivity:
    """The activities written in one place, each as text and in MBq; `repeats` is how often each was given."""

    start: int
    end: int
    activities: tuple[tuple[str, Decimal], ...]
    is_total: bool
    repeats: int = 1


def find_activities(note: TokenisedNote) -> Iterator[WrittenActivity]:
    yield from _activities_without_unit(note)
    previous: WrittenActivity | None = None
    for match in matches_near(note.lower, ACTIVITY, ACTIVITY_UNIT_SUBSTRINGS, 90, 25):
        activity = _activity(note, match)
        if previous is not None and _is_same_in_other_unit(note, previous, activity):
            continue
        previous = activity
        if _is_radioiodine(note, match):
            yield activity


def _activities_without_unit(note: TokenisedNote) -> Iterator[WrittenActivity]:
    """Yield lists such as `RAI x3 (100/150/200)`, which are in mCi."""
    for match in ACTIVITIES_WITHOUT_UNIT.finditer(note.lower) if "(" in note.lower else ():
        numbers = [Decimal(number) for number in re.findall(r"\d+", match["list"])]
        if all(MIN_ABLATIVE_MCI <= number <= MAX_SINGLE_ACTIVITY_MBQ / MBQ_PER_MCI for number in numbers):
            yield WrittenActivity(
                match.start("list"),
                match.end("list"),
                tuple((f"{number} mCi", number * MBQ_PER_MCI) for number in numbers),
                False,
            )


def _activity(note: TokenisedNote, match: re.Match[str]) -> WrittenActivity:
    sentence = note.sentence_at(match.start())
    start = min(match.start(name) for name in ("times", "list", "number") if match[name])
    before = note.lower[max(sentence.start, start - 80) : match.start("sign") if match["sign"] else start]
    after = note.lower[match.end() : min(sentence.end, match.end() + 60)]
    written = _written_activities(match)
    is_sum = (
        TOTAL_BEFORE.search(before)
        or TOTAL_AFTER.match(after)
        or (len(written) == 1 and written[0][1] > MAX_SINGLE_ACTIVITY_MBQ)
    )
    return WrittenActivity(
        start, match.end(), written, bool(is_sum) and not EACH_AFTER.match(after), _course_count(match, before, after)
    )


def _written_activities(match: re.Match[str]) -> tuple[tuple[str, Decimal], ...]:
    """Return each activity as text and in MBq. In `100, 150 mCi` the unit at the end applies to all."""
    sign = {">": ">", "<": "<", "over ": ">", "more than ": ">"}.get(match["sign"] or "", "")
    if match["upper"]:
        unit, factor, scale = _summary_unit(match["unit"])
        number, upper = (scale * read_number(match[name]) for name in ("number", "upper"))
        return ((f"{sign}{number}-{upper} {unit}", number * factor),)
    items = LISTED_ACTIVITY.findall(match["list"]) if match["list"] else [(match["number"], "")]
    if len(items) > 1:
        items = [item for item in items if not re.fullmatch(r"(?:19|20)\d\d", item[0])] or items
    written_activities: list[tuple[str, Decimal]] = []
    last_unit = ""
    for number_text, own_unit in items:
        unit, factor, scale = _summary_unit(own_unit or match["unit"])
        number = scale * (read_number(number_text) if unit != "MBq" else _whole_mbq(number_text))
        activity = (f"{sign}{number} {unit}", number * factor)
        if not (
            written_activities and unit != last_unit and _are_equal_rounded(written_activities[-1][1], activity[1])
        ):
            written_activities.append(activity)
        last_unit = unit
    return tuple(written_activities)


def _are_equal_rounded(activity: Decimal, other: Decimal) -> bool:
    """Whether two activities are the same after rounding, in different units."""
    return abs(activity - other) <= activity * Decimal("0.08")


def _summary_unit(written: str) -> tuple[str, Decimal, int]:
    """Return the unit for the summary, its size in MBq, and the factor from the written unit to it."""
    if "c" in written.replace("becquerel", ""):
        return "mCi", MBQ_PER_MCI, 1000 if written.strip() == "ci" else 1
    return ("GBq", Decimal(1000), 1) if written.startswith("g") else ("MBq", Decimal(1), 1)


def _whole_mbq(number: str) -> Decimal:
    """Return a number of MBq, which has no fraction: `7.400 MBq` is seven thousand four hundred."""
    return Decimal(re.sub(r"[.,']", "", number)) if re.search(r"[.,']\d{3}$", number) else read_number(number)


def _course_count(match: re.Match[str], before: str, after: str) -> int:
    """Return the number of courses of one activity: `2 x 3.7 GBq`, `5.5 GBq x2`, `three courses of 150 mCi each`."""
    if match["times"]:
        return int(match["times"][0])
    if match["repeats"]:
        return int(match["repeats"])
    if times := TIMES_AFTER.match(after):
        return int(times["count"])
    if twice := TIMES_IN_WORDS_AFTER.match(after):
        return COUNT_OF_TIMES.get(twice["word"]) or read_word(twice["word"].split()[1]) or 1
    if match["list"] or TOTAL_BEFORE.search(before):
        return 1
    if counted := COUNTED_COURSES_BEFORE.search(before):
        return read_word(counted["count"]) or 1
    if each := EACH_BEFORE.search(before):
        return read_word(each["of"] or "") or 1
    return _count_before(before) if EACH_AFTER.match(after) else 1


def _count_before(before: str) -> int:
    match = COUNT_BEFORE.search(before)
    if match is None:
        return 1
    return 2 if match["twice"] else read_word(match["count"] or match["x"]) or 1


def _is_same_in_other_unit(note: TokenisedNote, previous: WrittenActivity, activity: WrittenActivity) -> bool:
    """Whether an activity repeats the previous one in another unit: `3.7 GBq (100 mCi)`."""
    gap = note.lower[previous.end : activity.start]
    if len(previous.activities) != len(activity.activities) or not re.fullmatch(
        r"[\s,;(/=\[~]{0,4}(?:or|i\.e\.,?|equal to|equivalent to|approximately|corresponding to|about)?[\s(]{0,2}", gap
    ):
        return False
    return all(
        _are_equal_rounded(previous_mbq, mbq)
        for (_, previous_mbq), (_, mbq) in zip(previous.activities, activity.activities, strict=True)
    )


def _is_radioiodine(note: TokenisedNote, match: re.Match[str]) -> bool:
    """Whether the activity is of radioiodine and not of another isotope."""
    around = note.text_near(match.start(), match.end(), 35, 35)
    if OTHER_ISOTOPE.search(around) and not RADIOIODINE_WORD.search(around):
        return False
    index = note.sentence_index(match.start())
    low, high = note.sentences[max(0, index - 2)].start, note.sentences[index].end
    return bool(RADIOIODINE_WORD.search(note.lower, low, high)) or not OTHER_ISOTOPE.search(note.lower, low, high)


def is_tracer(note: TokenisedNote, activity: WrittenActivity) -> bool:
    """Whether an activity is a tracer for a scan and not a course."""
    largest = max(mbq for _, mbq in activity.activities)
    if largest > MAX_DIAGNOSTIC_MBQ:
        return False
    return bool(SCAN_WORD.search(note.text_near(activity.start, activity.end, 60, 60))) or largest < MIN_COURSE_MBQ
