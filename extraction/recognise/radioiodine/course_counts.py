"""How many courses: counts, ordinals, `x3`, `twice`, numbered courses and the bare article."""

import re
from collections.abc import Iterator

from extraction.mention import Mention
from extraction.numbers import ORDINALS, read_word
from extraction.recognise.radioiodine.activities import TIMES_WORD
from extraction.recognise.radioiodine.radioiodine_context import BETWEEN, NOUN, RAI_NEAR, Spans, told, within
from extraction.tokenised_note import TokenisedNote

COUNT = re.compile(
    rf"\b(?P<count>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten|several|multiple|a "
    rf"single|single|repeated)\s+(?P<between>{BETWEEN}){NOUN}\b"
)
ORDINAL = re.compile(
    rf"\b(?P<ordinal>{'|'.join(ORDINALS)})\s+(?:and (?:last|final|most recent)\s+)?{BETWEEN}(?:{NOUN}|radioiodine|"
    rf"radioactive iodine|rai|"
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
WHOLE_BODY = re.compile(r"\b(?:whole[- ]body sc\w+|wbs|post-?therap\w+ scan)")
OF_IODINE = re.compile(
    r"\s+of\s+(?:radio-?iodine|radioactive iodine|rai|i-?131|131-?i)\b(?!\s*(?:scan|whole|"
    r"uptake|scinti))"
)
MORE = re.compile(r"\b(?:further|additional|more|another)\b")
FURTHER = re.compile(r"\b(?:further|additional|more|subsequent|another)\b")


# It begins with the digit, so that the search runs from one digit to the next.
NUMBER_OF_COURSE = re.compile(r"\d(?:(?:st|nd|rd|th)\s|(?<=[#orn.]\d)|(?<=[#orn.]\s\d))")
PATTERNS = (
    ("count", COUNT, ("",)),
    ("ordinal", ORDINAL, tuple(ORDINALS)),
    ("times", X_TIMES, re.compile(r"[x*]\s*\d")),
    ("numbered", NUMBERED, NUMBER_OF_COURSE),
    ("word", TIMES, ("twice", "thrice", "times")),
    ("article", ARTICLE, ("",)),
)
"""How a number of courses is told, and the pieces of words without which it is not told so."""


def find_course_counts(reading: TokenisedNote, spoken: Spans) -> Iterator[Mention]:
    for rule, pattern, words in PATTERNS:
        if words.search(reading.lower) is None if isinstance(words, re.Pattern) else not reading.has(words):
            continue
        for match in within(reading, pattern, spoken):
            if rule in ("count", "ordinal", "word", "numbered") and not _of_radioiodine(reading, match):
                continue
            if (number := _number(rule, match)) is None:
                continue
            context = told(reading, match.start(), match.end())
            value = {
                "number": number,
                "how": rule,
                "further": bool(FURTHER.search(match.group())),
                "more": bool(MORE.search(match.group())),
            }
            yield Mention(
                "rai_count", value, match.start(), match.end(), f"radioiodine.{rule}", context.categories, context.cue
            )


def _of_radioiodine(reading: TokenisedNote, match: re.Match[str]) -> bool:
    """`three cycles` of something else, or of chemotherapy, are no courses."""
    sentence = reading.sentence_at(match.start())
    text = reading.lower[sentence.start : sentence.end]
    if OF_IODINE.match(reading.lower, match.end()):
        return True
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
    if match.re is ORDINAL and WHOLE_BODY.search(text):
        return True
    if RAI_NEAR.search(near) or re.search(r"\b(?:mci|gbq|mbq)\b", near):
        return match.re is not TIMES or bool(
            re.search(
                r"\b(?:treat\w*|therap\w*|given|received|performed|underwent|administered|ablat\w*|radioiodine|rai|"
                r"i-?131)\b",
                text,
            )
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
