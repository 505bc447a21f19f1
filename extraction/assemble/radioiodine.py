"""Radioiodine: courses, their number and total, uptake, and the judgement that the disease is refractory."""

import re
from decimal import Decimal
from typing import Any

from extraction.assemble.summary_draft import SummaryDraft
from extraction.mention import Mention
from extraction.recognise.radioiodine.find_radioiodine import when
from extraction.tokenised_note import TokenisedNote
from schemas.summary.quantity import read_quantity
from schemas.summary.units import dimensions

ANOTHER_SCAN = re.compile(
    r"\b(?:now|then|later|after|before|previous\w*|initial\w*|first|second|third|last|next|follow-?up|subsequent\w*|"
    r"(?:19|20)\d\d|ago|recent\w*)\b"
)


def assemble(draft: SummaryDraft, reading: TokenisedNote) -> None:
    """What was given; what is only planned, refused or for another disease stays out."""
    courses = _courses(draft, reading)
    _totals(draft)
    _number(draft, courses)
    _received(draft, courses)
    _uptake(draft, reading)
    _judgement(draft)


def _courses(draft: SummaryDraft, reading: TokenisedNote) -> list[Mention]:
    courses = [*draft.used("rai_course")]
    courses = _repeat(courses, draft.used("rai_total"))
    for one in courses:
        record: dict[str, Any] = {"activity": one.value["activity"]}
        if one.value.get("intent"):
            record["intent"] = one.value["intent"]
        sources = [one]
        if (found := when(reading, one, draft.as_of)) is not None:
            record["given"] = found[0]
            sources.append(Mention("time", {}, found[1], found[2], "radioiodine.time"))
        draft.add("radioiodine.courses", record, sources)
    return courses


def _repeat(courses: list[Mention], totals: list[Mention]) -> list[Mention]:
    """`after each 200 mCi` of a total of 800 mCi: four courses of 200 mCi."""
    each = [one for one in courses if one.value["per_course"]]
    if len(each) != 1 or not totals:
        return courses
    share, whole = mbq(each[0].value["activity"]), mbq(totals[-1].value["cumulative_activity"])
    if share is None or whole is None or whole % share:
        return courses
    others = [one for one in courses if one is not each[0]]
    return others + [each[0]] * max(1, int(whole / share) - len(others))


def mbq(written: str) -> Decimal | None:
    """An activity in MBq if it is one number."""
    found = dimensions()["activity"].interval(read_quantity(written))
    return Decimal(str(found.lo)) if found.lo == found.hi else None


def _totals(draft: SummaryDraft) -> None:
    if totals := draft.used("rai_total"):
        draft.put("radioiodine.cumulative_activity", totals[-1].value["cumulative_activity"], totals[-1:])


def _number(draft: SummaryDraft, courses: list[Mention]) -> None:
    """A stated number is exact; an ordinal says at least so many; `further` adds to the courses told before."""
    counts = draft.used("rai_count")
    exact = {
        one: _exact(one, courses)
        for one in counts
        if one.value["how"] in ("count", "times", "word") and one.value["number"] != "several"
    }
    ordinal = {one: int(one.value["number"]) for one in counts if one.value["how"] in ("ordinal", "numbered")}
    stated = max((number for one, number in exact.items() if not _adds_to_unknown(one, courses)), default=0)
    least = max([*ordinal.values(), len(courses) if courses else 0, 0])
    if stated and stated >= least:
        draft.put("radioiodine.number_of_courses", stated, [one for one, number in exact.items() if number == stated])
    elif ordinal and max(ordinal.values()) >= len(courses) and max(ordinal.values()) > 1:
        most = max(ordinal.values())
        value = most if most == len(courses) else f">={most}"
        draft.put("radioiodine.number_of_courses", value, [one for one, number in ordinal.items() if number == most])
    elif not stated and not courses and (one_only := [one for one in counts if one.value["how"] == "article"]):
        draft.put("radioiodine.number_of_courses", ">=1", one_only)
    elif not stated and not courses and (some := [one for one in counts if one.value["number"] == "several"]):
        draft.put("radioiodine.number_of_courses", ">=2", some)
    if stated and stated == len(courses):
        draft.put("radioiodine.courses_complete", True, list(exact))


def _adds_to_unknown(one: Mention, courses: list[Mention]) -> bool:
    """`one more treatment` where no course was told before: how many there were is not said."""
    return bool(one.value["more"]) and not any(course.start < one.start for course in courses)


def _exact(one: Mention, courses: list[Mention]) -> int:
    before = sum(course.start < one.start for course in courses) if one.value["further"] else 0
    after = sum(one.start <= course.start < one.end + 60 for course in courses) if one.value["further"] else 0
    return int(one.value["number"]) + before if not after or before else int(one.value["number"])


def _received(draft: SummaryDraft, courses: list[Mention]) -> None:
    mentions = draft.used("rai_received")
    counts = [one for one in draft.used("rai_count") if one.value["how"] != "ordinal" or one.value["number"] != 1]
    given = [one for one in mentions if one.value["received"]] + courses + draft.used("rai_total") + counts
    denied = [one for one in mentions if not one.value["received"]]
    if given:
        draft.put("radioiodine.received", True, given)
    elif denied:
        draft.put("radioiodine.received", False, denied)


def _uptake(draft: SummaryDraft, reading: TokenisedNote) -> None:
    """The scan told last is the last scan; statements of one sentence that differ make it mixed."""
    found = draft.used("uptake")
    if not found:
        return
    last = found[-1]
    sentence = reading.sentence_at(last.start)
    together = [one for one in found if sentence.start <= one.start < sentence.end]
    if len(together) == 1 and len(found) > 1 and _beside(reading, found[-2], last):
        together = found[-2:]
    codes = {one.value["uptake"] for one in together}
    code = next(iter(codes)) if len(codes) == 1 else _joined(codes)
    scan = {"uptake": code} | ({"kind": last.value["kind"]} if last.value["kind"] else {})
    draft.put("radioiodine.last_scan", scan, together)


def _beside(reading: TokenisedNote, one: Mention, other: Mention) -> bool:
    """Two sentences in a row of one scan, each of its own site: `Bone: negative. Lung: positive.`"""
    sites = set(one.value["sites"]), set(other.value["sites"])
    near = reading.index_at(other.start) - reading.index_at(one.start) == 1
    text = reading.lower[reading.sentence_at(one.start).start : reading.sentence_at(other.start).end]
    return near and all(sites) and not sites[0] & sites[1] and not ANOTHER_SCAN.search(text)


def _joined(codes: set[str]) -> str:
    if codes == {"avid", "remnant_only"}:
        return "avid"
    if codes == {"non_avid", "remnant_only"}:
        return "remnant_only"
    return "mixed"


def _judgement(draft: SummaryDraft) -> None:
    said = [
        one
        for one in draft.every("refractory")
        if one.certainty == "stated"
        and not one.context & {"family", "conditional", "other_person", "planned", "uncertain"}
    ]
    if not said:
        return
    last = said[-1]
    value: dict[str, Any] = {"value": "negated" not in last.context}
    if last.value["by"]:
        value["by"] = last.value["by"]
    draft.put("radioiodine.refractory_judgement", value, [last])
