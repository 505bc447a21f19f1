"""Courses and totals from the activities of a note, with intent, ordinal and time."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.context import MentionContext
from extraction.mention import Mention
from extraction.numbers import ORDINALS, time_before
from extraction.recognise.radioiodine.activities import EACH_BEFORE, WrittenActivity, activities, is_tracer
from extraction.recognise.radioiodine.course_counts import ORDINAL, find_course_counts
from extraction.recognise.radioiodine.radioiodine_context import SPOKEN_OF, intent_near, told
from extraction.recognise.radioiodine.received import find_received
from extraction.recognise.radioiodine.refractory import find_refractory
from extraction.tokenised_note import TokenisedNote

ONE_MORE = re.compile(
    r"\b(?:a|an|another|one more)\s+(?:second|third|fourth|fifth|sixth|further|new|subsequent|additional|repeat)?\s*"
    r"(?:\w+\s+){0,2}(?:of\s+)?$"
)
COREFERENCE = re.compile(
    r"\b(?:the|this|that|these|her|his|said|above|same|after|following|post)\s+(?:(?:last|first|"
    r"second|third|most recent|dose|course|of|previous|initial|his|her|the|a)\s+)*$"
)


def find_radioiodine(reading: TokenisedNote) -> Iterator[Mention]:
    """Courses, totals, counts, the plain statement that it was or was not given, and the word refractory."""
    yield from find_courses_and_totals(reading)
    yield from find_course_counts(reading, reading.around(SPOKEN_OF, 1))
    named = (reading.sentences[index] for index in reading.naming(SPOKEN_OF))
    spoken = [(sentence.start, sentence.end) for sentence in named]
    yield from find_received(reading, spoken)
    yield from find_refractory(reading, spoken)


def find_courses_and_totals(reading: TokenisedNote) -> Iterator[Mention]:
    """Totals and courses, in the order of the text; an activity that is named again is no new course."""
    seen: list[Decimal] = []
    for one in activities(reading):
        if one.total:
            yield _total(reading, one)
            continue
        if is_tracer(reading, one) or (_again(reading, one, seen)):
            continue
        context = told(reading, one.start, one.end)
        per_course = one.repeats == 1 and bool(EACH_BEFORE.search(reading.near(one.start, one.start, 40)))
        for written, mbq in one.each * one.repeats:
            seen.append(mbq)
            yield _course(reading, one, written, context, per_course)


def _again(reading: TokenisedNote, one: WrittenActivity, seen: list[Decimal]) -> bool:
    """`after the 150 mCi dose` speaks of a course that was told before."""
    known = all(mbq in seen for _, mbq in one.each)
    if ONE_MORE.search(reading.near(one.start, one.start, 40)):
        return False
    return known and bool(COREFERENCE.search(reading.near(one.start, one.start, 40)))


def _total(reading: TokenisedNote, one: WrittenActivity) -> Mention:
    context = told(reading, one.start, one.end)
    return Mention(
        "rai_total",
        {"cumulative_activity": one.each[0][0]},
        one.start,
        one.end,
        "radioiodine.total",
        context.categories,
        context.cue,
    )


def _course(
    reading: TokenisedNote, one: WrittenActivity, written: str, context: MentionContext, per_course: bool
) -> Mention:
    value: dict[str, object] = {"activity": written, "per_course": per_course}
    if intent := intent_near(reading, one.start, one.end, 70):
        value["intent"] = intent
    if ordinal := ORDINAL.search(reading.near(one.start, one.end, 50, 10)):
        value["ordinal"] = ORDINALS[ordinal["ordinal"]]
    value["text_after"] = one.end
    return Mention("rai_course", value, one.start, one.end, "radioiodine.activity", context.categories, context.cue)


def when(reading: TokenisedNote, finding: Mention, as_of: int | None) -> tuple[dict[str, object], int, int] | None:
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
