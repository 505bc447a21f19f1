"""Finds radioiodine: courses and totals from the activities, and with them counts, statements and judgements."""

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
    """Yield courses, totals, counts, statements that it was or was not given, and refractory judgements."""
    yield from find_courses_and_totals(note)
    yield from find_course_counts(note, note.spans_around(RADIOIODINE_SUBSTRINGS, 1))
    sentences = (note.sentences[index] for index in note.sentences_with(RADIOIODINE_SUBSTRINGS))
    spans = [(sentence.start, sentence.end) for sentence in sentences]
    yield from find_received(note, spans)
    yield from find_refractory(note, spans)


def find_courses_and_totals(note: TokenisedNote) -> Iterator[Mention]:
    """Yield totals and courses in the order of the text; an activity mentioned again is not a new course."""
    given: list[Decimal] = []
    for activity in find_activities(note):
        if activity.is_total:
            yield _total_mention(note, activity)
            continue
        if is_tracer(note, activity) or (_is_repeated_mention(note, activity, given)):
            continue
        context = radioiodine_context(note, activity.start, activity.end)
        per_course = activity.repeats == 1 and bool(
            EACH_BEFORE.search(note.text_near(activity.start, activity.start, 40))
        )
        for written, mbq in activity.activities * activity.repeats:
            given.append(mbq)
            yield _course_mention(note, activity, written, context, per_course)


def _is_repeated_mention(note: TokenisedNote, activity: WrittenActivity, given: list[Decimal]) -> bool:
    """Whether the activity refers to an earlier course: `after the 150 mCi dose`."""
    is_known = all(mbq in given for _, mbq in activity.activities)
    if NEW_COURSE_BEFORE.search(note.text_near(activity.start, activity.start, 40)):
        return False
    return is_known and bool(COREFERENCE_BEFORE.search(note.text_near(activity.start, activity.start, 40)))


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


def course_time(note: TokenisedNote, course: Mention, as_of: int | None) -> tuple[dict[str, object], int, int] | None:
    """Return the time next to a course in its clause, with its offsets."""
    sentence = note.sentence_at(course.start)
    end = min(sentence.end, course.end + 60)
    stop = re.search(r"\b\d[\d.,]*\s*(?:mci|gbq|mbq)|;", note.lower[course.end : end])
    tail = note.lower[course.end : course.end + stop.start() if stop else end]
    time = event_time(tail, as_of)
    if time:
        return time[0], course.end + time[1], course.end + time[2]
    head = max(sentence.start, course.start - 50)
    time = event_time(note.lower[head : course.start], as_of)
    return (time[0], head + time[1], head + time[2]) if time else None
