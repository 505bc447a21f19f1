"""Courses and totals from the activities of a note, with intent, ordinal and time."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.context import MentionContext
from extraction.mention import Mention
from extraction.numbers import ORDINAL_WORDS, event_time
from extraction.recognise.radioiodine.activities import EACH_BEFORE, WrittenActivity, find_activities, is_tracer
from extraction.recognise.radioiodine.course_counts import ORDINAL_COURSE, find_course_counts
from extraction.recognise.radioiodine.radioiodine_context import (
    RADIOIODINE_SUBSTRINGS,
    nearest_intent,
    radioiodine_context,
)
from extraction.recognise.radioiodine.received import find_received
from extraction.recognise.radioiodine.refractory import find_refractory
from extraction.tokenised_note import TokenisedNote

NEW_COURSE_BEFORE = re.compile(
    r"\b(?:a|an|another|one more)\s+(?:second|third|fourth|fifth|sixth|further|new|subsequent|additional|repeat)?\s*"
    r"(?:\w+\s+){0,2}(?:of\s+)?$"
)
COREFERENCE_BEFORE = re.compile(
    r"\b(?:the|this|that|these|her|his|said|above|same|after|following|post)\s+(?:(?:last|first|"
    r"second|third|most recent|dose|course|of|previous|initial|his|her|the|a)\s+)*$"
)


def find_radioiodine(note: TokenisedNote) -> Iterator[Mention]:
    """Courses, totals, counts, the plain statement that it was or was not given, and the word refractory."""
    yield from find_courses_and_totals(note)
    yield from find_course_counts(note, note.spans_around(RADIOIODINE_SUBSTRINGS, 1))
    named = (note.sentences[index] for index in note.sentences_with(RADIOIODINE_SUBSTRINGS))
    spoken = [(sentence.start, sentence.end) for sentence in named]
    yield from find_received(note, spoken)
    yield from find_refractory(note, spoken)


def find_courses_and_totals(note: TokenisedNote) -> Iterator[Mention]:
    """Totals and courses, in the order of the text; an activity that is named again is no new course."""
    seen: list[Decimal] = []
    for activity in find_activities(note):
        if activity.is_total:
            yield _total_mention(note, activity)
            continue
        if is_tracer(note, activity) or (_is_repeated_mention(note, activity, seen)):
            continue
        context = radioiodine_context(note, activity.start, activity.end)
        per_course = activity.repeats == 1 and bool(
            EACH_BEFORE.search(note.text_near(activity.start, activity.start, 40))
        )
        for written, mbq in activity.activities * activity.repeats:
            seen.append(mbq)
            yield _course_mention(note, activity, written, context, per_course)


def _is_repeated_mention(note: TokenisedNote, activity: WrittenActivity, seen: list[Decimal]) -> bool:
    """`after the 150 mCi dose` speaks of a course that was told before."""
    known = all(mbq in seen for _, mbq in activity.activities)
    if NEW_COURSE_BEFORE.search(note.text_near(activity.start, activity.start, 40)):
        return False
    return known and bool(COREFERENCE_BEFORE.search(note.text_near(activity.start, activity.start, 40)))


def _total_mention(note: TokenisedNote, activity: WrittenActivity) -> Mention:
    context = radioiodine_context(note, activity.start, activity.end)
    return Mention(
        "rai_total",
        {"cumulative_activity": activity.activities[0][0]},
        activity.start,
        activity.end,
        "radioiodine.total",
        context.categories,
        context.cue,
    )


def _course_mention(
    note: TokenisedNote, activity: WrittenActivity, written: str, context: MentionContext, per_course: bool
) -> Mention:
    value: dict[str, object] = {"activity": written, "per_course": per_course}
    if intent := nearest_intent(note, activity.start, activity.end, 70):
        value["intent"] = intent
    if ordinal := ORDINAL_COURSE.search(note.text_near(activity.start, activity.end, 50, 10)):
        value["ordinal"] = ORDINAL_WORDS[ordinal["ordinal"]]
    value["text_after"] = activity.end
    return Mention(
        "rai_course", value, activity.start, activity.end, "radioiodine.activity", context.categories, context.cue
    )


def course_time(note: TokenisedNote, finding: Mention, as_of: int | None) -> tuple[dict[str, object], int, int] | None:
    """The time that stands beside a course in its clause."""
    sentence = note.sentence_at(finding.start)
    end = min(sentence.end, finding.end + 60)
    stop = re.search(r"\b\d[\d.,]*\s*(?:mci|gbq|mbq)|;", note.lower[finding.end : end])
    tail = note.lower[finding.end : finding.end + stop.start() if stop else end]
    found = event_time(tail, as_of)
    if found:
        return found[0], finding.end + found[1], finding.end + found[2]
    head = max(sentence.start, finding.start - 50)
    found = event_time(note.lower[head : finding.start], as_of)
    return (found[0], head + found[1], head + found[2]) if found else None
