"""Finds the number of courses: counts, ordinals, `x3`, `twice`, numbered courses and the bare article."""

import re
from collections.abc import Iterator

from extraction.mention import Mention
from extraction.numbers import ORDINAL_WORDS, read_word
from extraction.recognise.radioiodine.activities import COUNT_OF_TIMES
from extraction.recognise.radioiodine.radioiodine_context import (
    COURSE_ADJECTIVES,
    COURSE_NOUN,
    RADIOIODINE_WORD,
    Spans,
    matches_in_spans,
    radioiodine_context,
)
from extraction.tokenised_note import TokenisedNote

COUNTED_COURSES = re.compile(
    rf"\b(?P<count>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten|several|multiple|a "
    rf"single|single|repeated)\s+(?P<between>{COURSE_ADJECTIVES}){COURSE_NOUN}\b"
)
ORDINAL_COURSE = re.compile(
    rf"\b(?P<ordinal>{'|'.join(ORDINAL_WORDS)})\s+(?:and (?:last|final|most recent)\s+)?{COURSE_ADJECTIVES}"
    rf"(?:{COURSE_NOUN}|radioiodine|radioactive iodine|rai|"
    rf"i-?131|131i|iodine)\b"
)
MULTIPLIED_COURSE = re.compile(
    r"\b(?:rai|i-?131|131-?i|radioiodine|radioactive iodine|rait|(?:rai|radioiodine|radioactive "
    r"iodine|iodine) (?:therapy|ablation|treatment))\s*\(?\s*[x*]\s*(?P<count>\d{1,2})\b"
)
TIMES_IN_WORDS = re.compile(r"\b(?P<count>twice|thrice|(?:two|three|four|five|six|seven|\d)\s+times)\b")
NUMBERED_COURSE = re.compile(
    r"\b(?:rai|rait|i-?131|131-?i|radioiodine|course|dose|cycle)\s*(?:no\.?|nr\.?|"
    r"#)\s*(?P<number>\d)\b|\b(?P<lead>\d)(?:st|nd|rd|th)\s+(?:rai|radioiodine|i-?131)"
)
COURSE_WITH_ARTICLE = re.compile(
    r"\b(?P<count>an?|one)\s+(?:(?:adjuvant|postoperative|single|high-dose|low-dose|ablative|"
    r"therapeutic)\s+)*(?:(?:radioiodine|radioactive iodine|rai|i-?131|131-?i)\s+(?:therapy|"
    r"treatment|ablation|course|dose|administration)|(?:course|dose|cycle|"
    r"session)\s+of\s+(?:radioiodine|radioactive iodine|rai|i-?131|131-?i))\b"
)
WHOLE_BODY_SCAN = re.compile(r"\b(?:whole[- ]body sc\w+|wbs|post-?therap\w+ scan)")
OF_IODINE_AFTER = re.compile(
    r"\s+of\s+(?:radio-?iodine|radioactive iodine|rai|i-?131|131-?i)\b(?!\s*(?:scan|whole|"
    r"uptake|scinti))"
)
MORE_WORD = re.compile(r"\b(?:further|additional|more|another)\b")
FURTHER_WORD = re.compile(r"\b(?:further|additional|more|subsequent|another)\b")


# It begins with the digit, which makes the search faster.
COURSE_NUMBER_HINT = re.compile(r"\d(?:(?:st|nd|rd|th)\s|(?<=[#orn.]\d)|(?<=[#orn.]\s\d))")
COUNT_PATTERNS = (
    ("count", COUNTED_COURSES, ("",)),
    ("ordinal", ORDINAL_COURSE, tuple(ORDINAL_WORDS)),
    ("times", MULTIPLIED_COURSE, re.compile(r"[x*]\s*\d")),
    ("numbered", NUMBERED_COURSE, COURSE_NUMBER_HINT),
    ("word", TIMES_IN_WORDS, ("twice", "thrice", "times")),
    ("article", COURSE_WITH_ARTICLE, ("",)),
)
"""Ways to state a number of courses, each with the prefilter of its pattern."""


def find_course_counts(note: TokenisedNote, spans: Spans) -> Iterator[Mention]:
    for rule, pattern, prefilter in COUNT_PATTERNS:
        if (
            prefilter.search(note.lower) is None
            if isinstance(prefilter, re.Pattern)
            else not note.contains_any(prefilter)
        ):
            continue
        for match in matches_in_spans(note, pattern, spans):
            if rule in ("count", "ordinal", "word", "numbered") and not _is_of_radioiodine(note, match):
                continue
            if (number := _course_number(rule, match)) is None:
                continue
            context = radioiodine_context(note, match.start(), match.end())
            value = {
                "number": number,
                "how": rule,
                "further": bool(FURTHER_WORD.search(match.group())),
                "more": bool(MORE_WORD.search(match.group())),
            }
            yield Mention(
                "rai_count", value, match.start(), match.end(), f"radioiodine.{rule}", context.categories, context.cue
            )


def _is_of_radioiodine(note: TokenisedNote, match: re.Match[str]) -> bool:
    """Whether the count is of radioiodine: `three cycles` of chemotherapy are not."""
    sentence = note.sentence_at(match.start())
    text = note.lower[sentence.start : sentence.end]
    if OF_IODINE_AFTER.match(note.lower, match.end()):
        return True
    if RADIOIODINE_WORD.search(match.group()):
        return not re.match(r"\s*(?:scan|whole|uptake|scinti)", note.lower[match.end() : match.end() + 12])
    if re.search(
        r"\b(?:chemotherapy|cycles of (?!rad|rai|i-?131)|fractions?|sorafenib|lenvatinib|doxorubicin|"
        r"daily|gy|vaccin\w*|pembrolizumab|\bmg\b)\b",
        note.text_near(match.start(), match.end(), 25, 45),
    ):
        return False
    nearby = note.text_near(match.start(), match.end(), 60, 45)
    previous = note.sentences[max(0, note.sentence_index(match.start()) - 1)]
    if match.re is ORDINAL_COURSE and WHOLE_BODY_SCAN.search(text):
        return True
    if RADIOIODINE_WORD.search(nearby) or re.search(r"\b(?:mci|gbq|mbq)\b", nearby):
        return match.re is not TIMES_IN_WORDS or bool(
            re.search(
                r"\b(?:treat\w*|therap\w*|given|received|performed|underwent|administered|ablat\w*|radioiodine|rai|"
                r"i-?131)\b",
                text,
            )
        )
    return (
        match.re in (COUNTED_COURSES, ORDINAL_COURSE)
        and bool(RADIOIODINE_WORD.search(note.lower, previous.start, previous.end))
        and "course" in match.group()
    )


def _course_number(rule: str, match: re.Match[str]) -> int | str | None:
    if rule == "ordinal":
        return ORDINAL_WORDS[match["ordinal"]]
    if rule == "article":
        return 1
    if rule == "numbered":
        return int(match["number"] or match["lead"])
    word = match["count"].strip()
    if rule == "word":
        return COUNT_OF_TIMES.get(word) or read_word(word.split()[0])
    if word in ("several", "multiple", "repeated"):
        return "several" if rule == "count" and word != "repeated" else None
    number = read_word(word.split()[-1])
    return number if number is None or number <= 20 else None
