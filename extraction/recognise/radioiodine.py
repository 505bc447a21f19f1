"""Radioiodine: courses with activity, counts and ordinals, totals, what was only planned or refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.context import Context, context_of
from extraction.numbers import NUMBER, ORDINALS, read_number, read_word, time_before
from extraction.reading import Finding, Reading, Term
from extraction.windows import matches

UNIT = r"(?P<unit>m\s?ci\b|millicuries?|gbq|mbq|giga\s?becquerels?|mega\s?becquerels?|mcis?\b|g\s?bq|m\s?bq)"
LIST = (
    rf"(?:(?P<list>{NUMBER}(?:\s*(?:mci|gbq|mbq)?\s*(?:,|;|and|\+|&|, and|then|followed "
    rf"by)\s*{NUMBER}){{1,8}})|(?P<number>{NUMBER})(?:\s*(?:-|to)\s*(?P<upper>{NUMBER}))?)"
)
ACTIVITY = re.compile(
    rf"(?<![\d.,/-])(?P<times>\d\s*[x*]\s*)?(?P<sign>>|<|over |more than |about |approximately "
    rf")?\s*{LIST}\s*-?\s*{UNIT}(?P<repeat>\s*[x*]\s*(?P<repeats>\d)\b)?"
)
UNIT_WORD = re.compile(r"m\s?ci|bq|becq|millicurie")
FACTORS = {"m": Decimal(1), "g": Decimal(1000)}
MCI = Decimal(37)
DIAGNOSTIC_MBQ = Decimal(555)
"""Up to 15 mCi may be a tracer activity; ablation begins at 30 mCi. Source: ATA 2015, doi:10.1089/thy.2015.0020."""

SCAN_NEAR = re.compile(
    r"\b(?:diagnostic|tracer|scan|scans|scintigra\w+|wbs|dxwbs|imaging|uptake test|dosimetr\w+|pet|spect)\b"
)
TOTAL = re.compile(
    r"(?:\bcumulative(?:ly)?|\btotal(?:ling|ing)?|\bin total|\baltogether|\boverall|\bcombined|"
    r"\bsum|\breaching|\bamounting|\baccumulat\w+|\baggregate|\btotals?|\btot\b|\bcum\b)"
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
    r"^\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?:each|apiece|per (?:course|dose|cycle|"
    r"treatment|session|administration))\b"
)
EACH_BEFORE = re.compile(r"\beach\s+(?:(?:dose|course|of|time|with|cycle|activity|being|was|treatment)\s+)*$")
TWICE = re.compile(
    r"^\s*(?:\([^)]{0,20}\)\s*)?(?:of\s+[\w-]+\s+)?(?P<word>twice|three times|thrice|four times|five times)\b"
)
TIMES_WORD = {"twice": 2, "thrice": 3, "three times": 3, "four times": 4, "five times": 5}
NOUN = (
    r"(?:courses?|doses?|treatments?|administrations?|cycles?|sessions?|rounds?|activit(?:y|ies)|"
    r"therap(?:y|ies)|ablations?|applications?|treatment courses|infusions?)"
)
BETWEEN = (
    r"(?:(?:additional|further|more|subsequent|successive|consecutive|ablative|therapeutic|high|"
    r"low|adjuvant|empiric(?:al)?|previous|prior|separate|cycles of|courses of|doses of|repeated|"
    r"radioactive|radio-?iodine|iodine|iodine-131|rai|i-?131|131-?i|\(131\)\s?i|high-dose|low-dose|"
    r"of|metabolic|post-?operative|radiometabolic|salvage|sequential|ra|dose)[\s-]+)*"
)
COUNT = re.compile(
    rf"\b(?P<count>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten|several|multiple|a "
    rf"single|single|repeated)\s+(?P<between>{BETWEEN}){NOUN}\b"
)
ORDINAL = re.compile(
    rf"\b(?P<ordinal>{'|'.join(ORDINALS)})\s+{BETWEEN}(?:{NOUN}|radioiodine|radioactive iodine|rai|"
    rf"i-?131|131i|iodine)\b"
)
X_TIMES = re.compile(
    r"\b(?:rai|i-?131|131-?i|radioiodine|radioactive iodine|rait|(?:rai|radioiodine|radioactive "
    r"iodine|iodine) (?:therapy|ablation|treatment))\s*\(?\s*[x*]\s*(?P<count>\d{1,2})\b"
)
TIMES = re.compile(r"\b(?P<count>twice|thrice|(?:two|three|four|five|six|seven|\d)\s+times)\b")
NUMBERED = re.compile(
    r"\b(?:rai|rait|i-?131|131-?i|radioiodine|course|dose|cycle)\s*(?:no\.?|nr\.?|"
    r"#)\s*(?P<number>\d)\b|\b(?P<lead>\d)(?:st|nd|rd|th)\s+(?:rai|radioiodine|i-?131)"
)
ARTICLE = re.compile(
    r"\b(?P<count>an?|one)\s+(?:(?:adjuvant|postoperative|single|high-dose|low-dose|ablative|"
    r"therapeutic)\s+)*(?:(?:radioiodine|radioactive iodine|rai|i-?131|131-?i)\s+(?:therapy|"
    r"treatment|ablation|course|dose|administration)|(?:course|dose|cycle|"
    r"session)\s+of\s+(?:radioiodine|radioactive iodine|rai|i-?131|131-?i))\b"
)
FURTHER = re.compile(r"\b(?:further|additional|more|subsequent|another)\b")
# What turns the word radioiodine into a treatment. Scans, uptake and "refractory" do not.
GIVEN_AFTER = re.compile(
    r"^[\s)-]*(?:\(\w+\)\s*)?(?:(?:remnant|adjuvant|thyroid|high|low|dose|metabolic|empirical|"
    r"ablative|whole|[- ])\s*)*(?:therap|treat|ablat|administ|was (?:given|administered|delivered)|"
    r"given|course|dose|activit|x\s?\d|followed|twice|as (?:a )?treatment|in (?:19|20)\d\d|with|"
    r"for (?:ablation|remnant|residual|metasta)|at a dose)"
)
GIVEN_BEFORE = re.compile(
    r"(?:\breceiv\w+|\bunderw\w+|\bundergo\w*|\btreated|\bgiven|\badminister\w*|\bdose of|\bdoses "
    r"of|\bcourses? of|\bcycles? of|\bmanaged|\btreatments? (?:with|of)|\btherap(?:y|ies) with|"
    r"\badjuvant|\bpost-?operative|\bhad(?: had)?|\bwith|\bafter|\bfollowed by|\bfollowing|\bmci|"
    r"\bmci of|\bgbq|\bgbq of|\bmbq|\bmbq of|\bsession of|\bprevious|\bprior|\band|\bplus|\+|\bs/p|"
    r"\bfailed|\bpost|\bsubsequent|\bthen|\babl\w+ with|\bdespite|\bthrough|,|:|\bincluding|"
    r"\bcombin\w+ with|\bresponse to(?: the)?|\brepeated|\blow-dose|\bhigh-dose|"
    r"\bempiric(?:al)?)\s*(?:(?:a|an|the|with|of|adjuvant|multiple|high|low|dose|postoperative|"
    r"post-operative|ablative|therapeutic|initial|first|second|further|subsequent|empiric|total|"
    r"thyroid)[\s-]+)*$"
)
NOT_TREATMENT = re.compile(
    r"^[\s-]*(?:\(\w+\)\s*)?(?:(?:whole|total)[- ]body\s+)?(?:scan|scintigra|uptake|avid|refractor|"
    r"resistan|imaging|wbs|spect|pet|accumulation|concentrat|negative|positive|sensitiv|insensitiv|"
    r"labelled|labeled|indifferent|non-?avid|trapping|tracer|-?naive|naïve|whole-body|diagnostic|"
    r"dosimetry|cold|eligible|eligibility|refr\b|responsive|treatment planning|kinetics|storage|"
    r"retention|susceptib|seed)"
)
NAIVE = re.compile(
    r"\b(?:rai|radioiodine|radioactive iodine)[\s-]*(?:naive|naïve)\b|\bno (?:prior|"
    r"previous)?\s*(?:radioiodine|rai|radioactive iodine)\b(?!\s*(?:-?\s*(?:uptake|avid|refract|"
    r"accum|concentr|scan|whole|resist|sensit|response)))"
)
DENIED = re.compile(
    r"\b(?:radioiodine|radioactive iodine|rai|i-131|131i|radioiodine therapy|rai therapy|"
    r"radioactive iodine therapy|radioiodine treatment|rai treatment|rai ablation|radioiodine "
    r"ablation|radioactive iodine ablation|radioactive iodine treatment)\s+(?:therapy\s+|"
    r"treatment\s+|ablation\s+)?(?:was|has|were|had|is)?\s*(?:not|"
    r"never)\s*(?:yet\s*)?(?:been\s*)?(?:given|administered|performed|received|used|done|"
    r"undertaken|carried out|required|necessary|indicated|offered)\b"
    r"|\b(?:did not|has not|had not|never|has never|not)\s+(?:yet\s+)?(?:been\s+)?(?:receive[d]?|"
    r"have|had|given|undergo\w*|treated with|undergone)\s+(?:any\s+|adjuvant\s+|"
    r"postoperative\s+)?(?:radioiodine|radioactive iodine|rai|i-131|131i)\b(?!\s*(?:scan|whole|"
    r"uptake))"
    r"|\b(?:declined|refused|without(?: any| adjuvant)?|omitted?)\s+(?:(?:further )?\w+\s+(?:and|"
    r"or)\s+)?(?:radioiodine|radioactive iodine|rai|i-131)\b(?!\s*(?:uptake|avid|scan|refract|"
    r"accum))|\brai\s*:\s*(?:none|no|nil|never|not given|0)\b|\b(?:radioiodine|rai|radioactive "
    r"iodine)(?: therapy| treatment| ablation)? (?:was |were )?(?:omitted|withheld|declined|"
    r"refused|deferred)\b"
)
REFRACTORY = re.compile(
    r"\b(?:rai|radioiodine|radioactive[- ]iodine|radio-iodine|iodine|131-?i|i-?131|"
    r"iodine-131)(?:\s*\(rai\))?[\s-]*(?:refractor\w+|resistan\w+|insensitiv\w+)\b|\b(?:refractory|"
    r"resistant|refractoriness|unresponsive)\s+(?:to|against)\s+(?:further\s+|treatment "
    r"with\s+)?(?:\(?131\)?-?i|radioiodine|radioactive iodine|rai\b|iodine|i-?131|radio-iodine|"
    r"iodine-131)|\brair\b(?:-?dtc)?|\brr-?dtc\b|\brair-?dtc\b|\bno longer (?:responsive|"
    r"responding|amenable|responds?) to (?:radioiodine|rai|radioactive iodine|i-?131)|\biodine[- "
    r"]refractory\b"
)
SMALL_INTENTS = (("ablation", re.compile(
    r"\b(?:remnant|ablation|ablative|ablate|rra)\b")), ("adjuvant", re.compile(r"\badjuvant\b")),
                 ("treatment", re.compile(
                     r"\b(?:therapeutic|metasta\w+|residual disease|persistent|rising|recurren\w+|"
                     r"empiric\w*)\b")))  # fmt: skip
OTHER_ISOTOPE = re.compile(
    r"\b(?:i-?12[34]|12[34]-?i|tc-?99m|99m-?tc|technetium|fdg|18f|f-?18|ga-?68|68ga|lu-?177|177lu|"
    r"lutetium|y-?90|yttrium|mibg|ra-?223|radium|sr-?89|strontium|p-?32|sm-?153|tl-?201|"
    r"iodine-12[34])\b"
)
COREFERENCE = re.compile(
    r"\b(?:the|this|that|these|her|his|said|above|same|after|following|post)\s+(?:(?:last|first|"
    r"second|third|most recent|dose|course|of|previous|initial|his|her|the|a)\s+)*$"
)
RAI_NEAR = re.compile(
    r"\b(?:radio-?\s?iodine|radioactive iod|rai\b|rait|i-?\s?131|131-?\s?i\b|\(131\)\s?i|iodine|"
    r"radioabl|ablat|radiometabolic|iodide)"
)


SPOKEN_OF = re.compile(r"iod|rai|131|[mg]ci|bq|rr-?dtc|ablat|course")
Spans = list[tuple[int, int]]
"""Where radioiodine is spoken of."""


@dataclass(frozen=True)
class Activity:
    """Activities as written in one place. Units: MBq."""

    start: int
    end: int
    each: tuple[tuple[str, Decimal], ...]
    total: bool
    repeats: int = 1


def find(reading: Reading) -> Iterator[Finding]:
    """Courses, totals, counts, the plain statement that it was or was not given, and the word refractory."""
    activities = list(_activities(reading))
    yield from _courses(reading, activities)
    spoken = reading.around(SPOKEN_OF, 1)
    yield from _counts(reading, spoken)
    yield from _mentions(reading)
    yield from _denials(reading, spoken)
    yield from _refractory(reading, spoken)


def _within(reading: Reading, pattern: re.Pattern[str], spans: Spans) -> Iterator[re.Match[str]]:
    for start, end in spans:
        yield from pattern.finditer(reading.lower, start, end)


def _activities(reading: Reading) -> Iterator[Activity]:
    last: Activity | None = None
    for match in matches(reading.lower, ACTIVITY, UNIT_WORD, 90, 25):
        one = _activity(reading, match)
        if last is not None and _same_twice(reading, last, one):
            continue
        last = one
        if _is_radioiodine(reading, match):
            yield one


def _activity(reading: Reading, match: re.Match[str]) -> Activity:
    unit = "mCi" if "c" in match["unit"].replace("becquerel", "") else "GBq" if match["unit"].startswith("g") else "MBq"
    factor = {"mCi": MCI, "GBq": Decimal(1000), "MBq": Decimal(1)}[unit]
    written = re.findall(NUMBER, match["list"]) if match["list"] else [match["number"]]
    if len(written) > 1:
        written = [number for number in written if not re.fullmatch(r"(?:19|20)\d\d", number)] or written
    numbers = [read_number(number) if unit != "MBq" else _whole(number) for number in written]
    sign = {">": ">", "<": "<", "over ": ">", "more than ": ">"}.get(match["sign"] or "", "")
    upper = f"-{read_number(match['upper'])}" if match["upper"] else ""
    sentence = reading.sentence_at(match.start())
    start = min(match.start(name) for name in ("times", "list", "number") if match[name])
    before = reading.lower[max(sentence.start, start - 80) : start]
    after = reading.lower[match.end() : min(sentence.end, match.end() + 60)]
    total = bool(TOTAL.search(before) or TOTAL_AFTER.match(after)) and not EACH.match(after)
    each = tuple((f"{sign}{number}{upper} {unit}", number * factor) for number in numbers)
    return Activity(start, match.end(), each, total, _repeats(match, before, after))


def _whole(number: str) -> Decimal:
    """Nobody writes fractions of a MBq: `7.400 MBq` is seven thousand."""
    return Decimal(re.sub(r"[.,']", "", number)) if re.search(r"[.,']\d{3}$", number) else read_number(number)


def _repeats(match: re.Match[str], before: str, after: str) -> int:
    if match["times"]:
        return int(match["times"][0])
    if match["repeats"]:
        return int(match["repeats"])
    if twice := TWICE.match(after):
        return TIMES_WORD[twice["word"]]
    counted = re.search(
        rf"\b(?P<count>two|three|four|five|six|\d)\s+{BETWEEN}{NOUN}\s+(?:of\s+|with\s+|at\s+|"
        rf"\(\s*)*(?:[\w-]+\s+(?:of|with)\s+)?(?:radioiodine\s+|rai\s+|i-?131\s+|"
        rf"131-?i\s+)?[(,]?\s*(?:each\s+)?(?:of\s+)?$",
        before,
    )
    if (counted or EACH.match(after)) and not match["list"] and not TOTAL.search(before):
        if counted is None:
            counted = re.search(
                rf"\b(?P<count>two|three|four|five|six|\d)\s+{BETWEEN}{NOUN}\b|[x*]\s*(?P<x>\d)\b|\b(?P<twice>twice)\b",
                before,
            )
        word = next((text for text in (counted.groups() if counted else ()) if text), None)
        return 2 if word == "twice" else (read_word(word) or 1) if word else 1
    return 1


def _same_twice(reading: Reading, last: Activity, one: Activity) -> bool:
    """`3.7 GBq (100 mCi)` says one activity in two units."""
    gap = reading.lower[last.end : one.start]
    if len(last.each) != len(one.each) or not re.fullmatch(
        r"[\s,(/=\[~]{0,4}(?:or|i\.e\.|equal to|equivalent to|approximately)?[\s(]{0,2}", gap
    ):
        return False
    return all(abs(a[1] - b[1]) <= a[1] * Decimal("0.08") for a, b in zip(last.each, one.each, strict=True))


def _is_radioiodine(reading: Reading, match: re.Match[str]) -> bool:
    """The isotope must not be another; a tracer activity for a scan is no course."""
    around = reading.near(match.start(), match.end(), 35, 35)
    if OTHER_ISOTOPE.search(around) and not RAI_NEAR.search(around):
        return False
    index = reading.index_at(match.start())
    low, high = reading.sentences[max(0, index - 2)].start, reading.sentences[index].end
    return bool(RAI_NEAR.search(reading.lower, low, high)) or not OTHER_ISOTOPE.search(reading.lower, low, high)


def _is_tracer(reading: Reading, one: Activity) -> bool:
    if max(each[1] for each in one.each) > DIAGNOSTIC_MBQ:
        return False
    return bool(SCAN_NEAR.search(reading.near(one.start, one.end, 60, 60))) or max(
        each[1] for each in one.each
    ) < Decimal(250)


def _courses(reading: Reading, activities: list[Activity]) -> Iterator[Finding]:
    seen: list[Decimal] = []
    for one in activities:
        if one.total:
            yield _total(reading, one)
            continue
        if _is_tracer(reading, one) or (_again(reading, one, seen)):
            continue
        context = _context(reading, one.start, one.end)
        per_course = bool(EACH_BEFORE.search(reading.near(one.start, one.start, 30)))
        for written, mbq in one.each * one.repeats:
            seen.append(mbq)
            yield _course(reading, one, written, context, per_course)


def _again(reading: Reading, one: Activity, seen: list[Decimal]) -> bool:
    """`after the 150 mCi dose` speaks of a course that was told before."""
    known = all(mbq in seen for _, mbq in one.each)
    return known and bool(COREFERENCE.search(reading.near(one.start, one.start, 40)))


def _total(reading: Reading, one: Activity) -> Finding:
    context = _context(reading, one.start, one.end)
    return Finding(
        "rai_total",
        {"cumulative_activity": one.each[0][0]},
        one.start,
        one.end,
        "radioiodine.total",
        context.categories,
        context.cue,
    )


def _course(reading: Reading, one: Activity, written: str, context: Context, per_course: bool) -> Finding:
    value: dict[str, object] = {"activity": written, "per_course": per_course}
    around = reading.near(one.start, one.end, 70, 70)
    if intent := next((code for code, pattern in SMALL_INTENTS if pattern.search(around)), None):
        value["intent"] = intent
    if ordinal := ORDINAL.search(reading.near(one.start, one.end, 50, 10)):
        value["ordinal"] = ORDINALS[ordinal["ordinal"]]
    value["text_after"] = one.end
    return Finding("rai_course", value, one.start, one.end, "radioiodine.activity", context.categories, context.cue)


def _context(reading: Reading, start: int, end: int) -> Context:
    found = context_of(reading, start, end, "uncertain", "historical")
    categories = set(found.categories)
    sentence = reading.sentence_at(start)
    text = reading.lower[sentence.start : sentence.end]
    benign = [term for term in reading.within(sentence, "benign_thyroid") if abs(term.start - start) < 90]
    if benign and not re.search(r"\b(?:carcinoma|cancer|metasta|ptc|ftc)", text):
        categories.add("benign")
    if sentence.section == "plan" and not re.search(
        r"\b(?:received|given|had|previous|prior|ago|after|since|cumulative|underwent)\b", text
    ):
        categories.add("planned")
    if "conditional" in categories and re.search(r"\bwhether\b", text) and re.search(r"\breceived\b", text):
        categories.discard("conditional")
    return Context(
        frozenset(categories),
        found.cue or (reading.text[benign[0].start : benign[0].end] if benign else sentence.section),
    )


def when(reading: Reading, finding: Finding, as_of: int | None) -> tuple[dict[str, object], int, int] | None:
    """The time that stands beside a course in its clause."""
    sentence = reading.sentence_at(finding.start)
    end = min(sentence.end, finding.end + 60)
    stop = re.search(r"\b\d[\d.,]*\s*(?:mci|gbq|mbq)|;", reading.lower[finding.end : end])
    tail = reading.lower[finding.end : finding.end + stop.start() if stop else end]
    found = time_before(tail, as_of)
    if found:
        return found[0], finding.end + found[1], finding.end + found[2]
    head = max(sentence.start, finding.start - 50)
    found = time_before(reading.lower[head : finding.start], as_of)
    return (found[0], head + found[1], head + found[2]) if found else None


def _counts(reading: Reading, spoken: Spans) -> Iterator[Finding]:
    for rule, pattern in (
        ("count", COUNT),
        ("ordinal", ORDINAL),
        ("times", X_TIMES),
        ("numbered", NUMBERED),
        ("word", TIMES),
        ("article", ARTICLE),
    ):
        for match in _within(reading, pattern, spoken):
            if rule in ("count", "ordinal", "word", "numbered") and not _of_radioiodine(reading, match):
                continue
            if (number := _number(rule, match)) is None:
                continue
            context = _context(reading, match.start(), match.end())
            value = {"number": number, "how": rule, "further": bool(FURTHER.search(match.group()))}
            yield Finding(
                "rai_count", value, match.start(), match.end(), f"radioiodine.{rule}", context.categories, context.cue
            )


def _of_radioiodine(reading: Reading, match: re.Match[str]) -> bool:
    """`three cycles` of something else, or of chemotherapy, are no courses."""
    sentence = reading.sentence_at(match.start())
    text = reading.lower[sentence.start : sentence.end]
    if RAI_NEAR.search(match.group()):
        return not re.match(r"\s*(?:scan|whole|uptake|scinti)", reading.lower[match.end() : match.end() + 12])
    if re.search(
        r"\b(?:chemotherapy|cycles of (?!rad|rai|i-?131)|fractions?|sorafenib|lenvatinib|doxorubicin|"
        r"daily|gy|vaccin\w*|pembrolizumab|\bmg\b)\b",
        reading.near(match.start(), match.end(), 25, 45),
    ):
        return False
    near = reading.near(match.start(), match.end(), 60, 45)
    previous = reading.sentences[max(0, reading.index_at(match.start()) - 1)]
    if RAI_NEAR.search(near) or re.search(r"\b(?:mci|gbq|mbq)\b", near):
        return match.re is not TIMES or bool(
            re.search(r"\b(?:treated|given|received|ablat\w*|radioiodine|rai|i-?131)\b", text)
        )
    return (
        match.re in (COUNT, ORDINAL)
        and bool(RAI_NEAR.search(reading.lower, previous.start, previous.end))
        and "course" in match.group()
    )


def _number(rule: str, match: re.Match[str]) -> int | str | None:
    if rule == "ordinal":
        return ORDINALS[match["ordinal"]]
    if rule == "article":
        return 1
    if rule == "numbered":
        return int(match["number"] or match["lead"])
    word = match["count"].strip()
    if rule == "word":
        return TIMES_WORD.get(word) or read_word(word.split()[0])
    if word in ("several", "multiple", "repeated"):
        return "several" if rule == "count" and word != "repeated" else None
    number = read_word(word.split()[-1])
    return number if number is None or number <= 20 else None


def _mentions(reading: Reading) -> Iterator[Finding]:
    for term in reading.of("rai"):
        if _is_treatment(reading, term):
            context = _context(reading, term.start, term.end)
            yield Finding(
                "rai_received",
                {"received": True, "intent": _intent(reading, term)},
                term.start,
                term.end,
                "radioiodine.mention",
                context.categories,
                context.cue,
            )


def _intent(reading: Reading, term: Term) -> str:
    around = reading.near(term.start, term.end, 30, 25)
    return next((code for code, pattern in SMALL_INTENTS if pattern.search(around)), "")


def _is_treatment(reading: Reading, term: Term) -> bool:
    sentence = reading.sentence_at(term.start)
    after = reading.lower[term.end : min(sentence.end, term.end + 50)]
    before = reading.lower[max(sentence.start, term.start - 50) : term.start]
    if NOT_TREATMENT.match(after) or re.search(
        r"\b(?:uptake of|accumulation of|avidity for|refractory to|resistant to|concentrat\w+(?: of)?|"
        r"refractoriness to|resistance to|take up|trapping of|sensitive to|(?:scan|scintigraphy|tracer|"
        r"spect|imaging|wbs)\s+with|unsuitable for|suitable for|sensitivity to|without|no|responsive "
        r"to|restore)\s*(?:the\s+|any\s+)?$",
        before,
    ):
        return False
    if re.search(r"\b(?:diagnostic|tracer)\b[^.;]{0,45}$|\bno (?:further|additional|more|other) $", before):
        return False
    if GIVEN_AFTER.match(after) and not re.match(r"[\s-]*with(?:out)? (?:no |good |intense )?uptake", after):
        return True
    written = reading.lower[term.start : term.end]
    if any(word in written for word in ("ablation", "therapy", "treatment")):
        return True
    return bool(GIVEN_BEFORE.search(before))


def _denials(reading: Reading, spoken: Spans) -> Iterator[Finding]:
    for pattern in (NAIVE, DENIED):
        for match in _within(reading, pattern, spoken):
            sentence = reading.sentence_at(match.start())
            if re.search(
                r"\b(?:further|additional|more|other|second|third|repeat\w*|again|since|another)\b",
                reading.lower[max(sentence.start, match.start() - 20) : match.end() + 40],
            ):
                continue
            context = context_of(
                reading, match.start(), match.end(), "negated", "planned", "historical", "uncertain", "superseded"
            )
            yield Finding(
                "rai_received",
                {"received": False},
                match.start(),
                match.end(),
                "radioiodine.denied",
                context.categories,
                context.cue,
            )


def _refractory(reading: Reading, spoken: Spans) -> Iterator[Finding]:
    for match in _within(reading, REFRACTORY, spoken):
        context = context_of(reading, match.start(), match.end(), "historical", "planned")
        sentence = reading.sentence_at(match.start())
        around = reading.lower[max(0, sentence.start - 200) : sentence.end]
        categories = set(context.categories)
        if re.search(
            r"\b(?:not|cannot|no longer|never|non)[\s-]+(?:yet\s+|be\s+|called\s+|regarded\s+|as\s+|to "
            r"be\s+|meet\s+|criteria\s+|for\s+|considered\s+|deemed\s+|truly\s+|formally\s+|been\s+|"
            r"classified as\s+)*$",
            reading.lower[max(0, match.start() - 40) : match.start()],
        ):
            categories.add("negated")
        judge = (
            "tumour_board" if re.search(r"\b(?:mdt|tumou?r board|multidisciplinary|consensus|board)\b", around) else ""
        )
        yield Finding(
            "refractory",
            {"value": True, "by": judge},
            match.start(),
            match.end(),
            "radioiodine.refractory",
            frozenset(categories),
            context.cue,
        )
