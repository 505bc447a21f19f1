"""Assembles radioiodine: courses, their number and total activity, uptake and the refractory judgement."""

import re
from decimal import Decimal
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.radioiodine.find_radioiodine import course_time
from extraction.tokenised_note import TokenisedNote
from schemas.summary.quantity import read_quantity
from schemas.summary.units import dimensions

OTHER_SCAN_WORD = re.compile(
    r"\b(?:now|then|later|after|before|previous\w*|initial\w*|first|second|third|last|next|follow-?up|subsequent\w*|"
    r"(?:19|20)\d\d|ago|recent\w*)\b"
)


def assemble(draft: SummaryDraft, note: TokenisedNote) -> None:
    """Add what was given; radioiodine that was only planned, refused or given for another disease is left out."""
    courses = _courses(draft, note)
    _cumulative_activity(draft)
    _number_of_courses(draft, courses)
    _received(draft, courses)
    _uptake(draft, note)
    _refractory_judgement(draft)


def _courses(draft: SummaryDraft, note: TokenisedNote) -> list[Mention]:
    courses = [*draft.used("rai_course")]
    courses = _repeat_per_course(courses, draft.used("rai_total"))
    for course in courses:
        record: dict[str, Any] = {"activity": course.value["activity"]}
        if course.value.get("intent"):
            record["intent"] = course.value["intent"]
        sources = [course]
        if (time := course_time(note, course, draft.as_of)) is not None:
            record["given"] = time[0]
            sources.append(Mention("time", {}, time[1], time[2], "radioiodine.time"))
        draft.add_record("radioiodine.courses", record, sources)
    return courses


def _repeat_per_course(courses: list[Mention], totals: list[Mention]) -> list[Mention]:
    """Expand `after each 200 mCi` with a total of 800 mCi into four courses of 200 mCi."""
    repeated = [course for course in courses if course.value["per_course"]]
    if len(repeated) != 1 or not totals:
        return courses
    activity, total = exact_mbq(repeated[0].value["activity"]), exact_mbq(totals[-1].value["cumulative_activity"])
    if activity is None or total is None or total % activity:
        return courses
    others = [course for course in courses if course is not repeated[0]]
    return others + [repeated[0]] * max(1, int(total / activity) - len(others))


def exact_mbq(written: str) -> Decimal | None:
    """Return an activity in MBq, or None for a range or bound."""
    interval = dimensions()["activity"].interval(read_quantity(written))
    return Decimal(str(interval.lo)) if interval.lo == interval.hi else None


def _cumulative_activity(draft: SummaryDraft) -> None:
    if totals := draft.used("rai_total"):
        draft.set_value("radioiodine.cumulative_activity", totals[-1].value["cumulative_activity"], totals[-1:])


def _number_of_courses(draft: SummaryDraft, courses: list[Mention]) -> None:
    """Add the number of courses: a count is exact, an ordinal is a lower bound, `further` adds to earlier courses."""
    counts = draft.used("rai_count")
    exact = {
        count: _exact_count(count, courses)
        for count in counts
        if count.value["how"] in ("count", "times", "word") and count.value["number"] != "several"
    }
    ordinal = {count: int(count.value["number"]) for count in counts if count.value["how"] in ("ordinal", "numbered")}
    stated = max((number for count, number in exact.items() if not _adds_to_unknown_count(count, courses)), default=0)
    least = max([*ordinal.values(), len(courses) if courses else 0, 0])
    if stated and stated >= least:
        draft.set_value(
            "radioiodine.number_of_courses", stated, [count for count, number in exact.items() if number == stated]
        )
    elif ordinal and max(ordinal.values()) >= len(courses) and max(ordinal.values()) > 1:
        highest = max(ordinal.values())
        value = highest if highest == len(courses) else f">={highest}"
        draft.set_value(
            "radioiodine.number_of_courses", value, [count for count, number in ordinal.items() if number == highest]
        )
    elif (
        not stated and not courses and (with_article := [count for count in counts if count.value["how"] == "article"])
    ):
        draft.set_value("radioiodine.number_of_courses", ">=1", with_article)
    elif not stated and not courses and (several := [count for count in counts if count.value["number"] == "several"]):
        draft.set_value("radioiodine.number_of_courses", ">=2", several)
    if stated and stated == len(courses):
        draft.set_value("radioiodine.courses_complete", True, list(exact))


def _adds_to_unknown_count(count: Mention, courses: list[Mention]) -> bool:
    """Whether the count is like `one more treatment` with no earlier course: the total is then unknown."""
    return bool(count.value["more"]) and not any(course.start < count.start for course in courses)


def _exact_count(count: Mention, courses: list[Mention]) -> int:
    before = sum(course.start < count.start for course in courses) if count.value["further"] else 0
    after = sum(count.start <= course.start < count.end + 60 for course in courses) if count.value["further"] else 0
    return int(count.value["number"]) + before if not after or before else int(count.value["number"])


def _received(draft: SummaryDraft, courses: list[Mention]) -> None:
    mentions = draft.used("rai_received")
    counts = [
        mention
        for mention in draft.used("rai_count")
        if mention.value["how"] != "ordinal" or mention.value["number"] != 1
    ]
    given = [mention for mention in mentions if mention.value["received"]] + courses + draft.used("rai_total") + counts
    denied = [mention for mention in mentions if not mention.value["received"]]
    if given:
        draft.set_value("radioiodine.received", True, given)
    elif denied:
        draft.set_value("radioiodine.received", False, denied)


def _uptake(draft: SummaryDraft, note: TokenisedNote) -> None:
    """Add the last scan, which is the scan mentioned last. Different results in one sentence make the uptake mixed."""
    mentions = draft.used("uptake")
    if not mentions:
        return
    last = mentions[-1]
    sentence = note.sentence_at(last.start)
    current = [mention for mention in mentions if sentence.start <= mention.start < sentence.end]
    if len(current) == 1 and len(mentions) > 1 and _are_of_one_scan(note, mentions[-2], last):
        current = mentions[-2:]
    codes = {mention.value["uptake"] for mention in current}
    code = next(iter(codes)) if len(codes) == 1 else _combined_uptake(codes)
    scan = {"uptake": code} | ({"kind": last.value["kind"]} if last.value["kind"] else {})
    draft.set_value("radioiodine.last_scan", scan, current)


def _are_of_one_scan(note: TokenisedNote, earlier: Mention, later: Mention) -> bool:
    """Whether two consecutive sentences describe one scan at different sites: `Bone: negative. Lung: positive.`"""
    sites = set(earlier.value["sites"]), set(later.value["sites"])
    is_adjacent = note.sentence_index(later.start) - note.sentence_index(earlier.start) == 1
    text = note.lower[note.sentence_at(earlier.start).start : note.sentence_at(later.start).end]
    return is_adjacent and all(sites) and not sites[0] & sites[1] and not OTHER_SCAN_WORD.search(text)


def _combined_uptake(codes: set[str]) -> str:
    if codes == {"avid", "remnant_only"}:
        return "avid"
    if codes == {"non_avid", "remnant_only"}:
        return "remnant_only"
    return "mixed"


def _refractory_judgement(draft: SummaryDraft) -> None:
    statements = [
        mention
        for mention in draft.of_kinds("refractory")
        if mention.certainty == "stated"
        and not mention.context & {"family", "conditional", "other_person", "planned", "uncertain"}
    ]
    if not statements:
        return
    last = statements[-1]
    value: dict[str, Any] = {"value": "negated" not in last.context}
    if last.value["by"]:
        value["by"] = last.value["by"]
    draft.set_value("radioiodine.refractory_judgement", value, [last])
