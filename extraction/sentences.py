"""Splits a note into sentences and sections in one pass over the text, not token by token."""

import re
from collections.abc import Iterator

from extraction.prefilter import contains_any
from extraction.tokenised_note import NoteSentence

# A full stop ends a sentence unless it follows one of these. Source: abbreviations of clinical letters.
ABBREVIATIONS = frozenset(
    "approx ca cf dr e.g eg etc fig figs hist i.e ie incl inj max med min mr mrs ms no nr op pat pre prof pt resp "  # noqa: SIM905
    "st tab temp vs vol yr yrs wk wks mo al".split()
)
SENTENCE_BREAK = re.compile(r"""[.!?\n](?:(?<=\n)|(?<!\n)[.!?]*["')\]]*(?=\s)|(?<=[a-z]{3}\.)(?=[A-Z][a-z]))""")
"""What may end a sentence. It begins with the sign itself, which makes the search faster."""

WORD_BEFORE = re.compile(r"(?<![\w>])[A-Za-z.]*$")
FIRST_CHARACTER = re.compile(r"\S")
LOWER_CASE_START = re.compile(r"p\.|c\.|pT")
MAX_SENTENCE_CHARACTERS = 1_000
"""Units: characters. Longer than any sentence of a letter; the bound keeps reading time proportional to the length."""

HEADING = re.compile(r"[ \t>*#-]*([A-Za-z][A-Za-z /&()-]{1,40}?)\s*(?::|\n|$)")
HEADINGS_OF_SECTION = {
    "family": r"family history|family hx|fhx?|fam hx",
    "plan": r"plan|rec|recommendations?|decision|outcome|proposal|next steps?|management plan|advice|suggestions?",
    "allergies": r"allerg(?:y|ies)",
}
SECTION_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in HEADINGS_OF_SECTION.items()}

FIRST_CASE = re.compile(
    r"\b(?:[Cc]ase|CASE|[Pp]atient|PATIENT)\s+(?:no\.?\s*)?(?:1|one|I|A)\b|\b[Ff]irst (?:case|patient)\b"
)
FIRST_CASE_SUBSTRINGS = (
    *(f"{word} {number}" for word in ("ase", "ASE", "atient", "ATIENT") for number in ("1", "no", "one", "I", "A")),
    "irst case",
    "irst patient",
)
LATER_CASE = re.compile(
    r"(?:[Cc]ase|CASE|[Pp]atient|PATIENT)\s+(?:no\.?\s*)?(?:[2-9]|two|II|B)\b|(?:The|Our) (?:second|"
    r"other) (?:case|patient)\b"
)

INLINE_PLAN = re.compile(
    r"(?:plan|rec|recommendations?|decision|outcome|proposal|next steps?|advice)\s*:", re.IGNORECASE
)
"""The start of a plan within a line; it extends to the end of the line."""


def split_sentences(flat: str) -> tuple[NoteSentence, ...]:
    """Return the sentences of a flattened text, in order; only white space is between them."""
    sentences: list[NoteSentence] = []
    section, inline_section, start = "", "", 0
    for end in [*_sentence_ends(flat), len(flat)]:
        text = flat[start:end]
        if text.strip():
            indent = len(text) - len(text.lstrip())
            if start == 0 or "\n" in flat[max(0, start - 1) : start + indent]:
                section, inline_section = _section_of_line(text[indent:], section), ""
            elif INLINE_PLAN.match(text, indent):
                inline_section = "plan"
            sentences += _bounded_sentences(flat, start + indent, start + len(text.rstrip()), inline_section or section)
            start = end
    return _mark_later_cases(flat, sentences) or (NoteSentence(0, len(flat), ""),)


def _mark_later_cases(flat: str, sentences: list[NoteSentence]) -> tuple[NoteSentence, ...]:
    """Mark sentences after `Case 2` as being about another person: of numbered cases, the first is the patient."""
    if not contains_any(flat, FIRST_CASE_SUBSTRINGS) or FIRST_CASE.search(flat) is None:
        return tuple(sentences)
    second = next(
        (index for index, sentence in enumerate(sentences) if LATER_CASE.match(flat, sentence.start)), len(sentences)
    )
    return (*sentences[:second], *(sentence._replace(section="other_person") for sentence in sentences[second:]))


def _bounded_sentences(flat: str, start: int, end: int, section: str) -> Iterator[NoteSentence]:
    """Yield a sentence in parts of bounded length, split at white space, so that the cost of one part is bounded."""
    while end - start > MAX_SENTENCE_CHARACTERS:
        cut = flat.rfind(" ", start + 1, start + MAX_SENTENCE_CHARACTERS)
        cut = cut if cut > start else start + MAX_SENTENCE_CHARACTERS
        yield NoteSentence(start, cut, section)
        start = cut
    yield NoteSentence(start, end, section)


def _sentence_ends(flat: str) -> list[int]:
    return [match.end() for match in SENTENCE_BREAK.finditer(flat) if _is_sentence_end(flat, match)]


def _is_sentence_end(flat: str, match: re.Match[str]) -> bool:
    if match.group() == "\n":
        return not _is_wrapped_line(flat, match.start())
    if not match.group().startswith("."):
        return True
    if not _starts_sentence(flat, match.end()):
        return False
    word = WORD_BEFORE.search(flat, max(0, match.start() - 12), match.start())
    if word is None:
        return True
    written = word.group()
    short = written.lower() in ABBREVIATIONS or (len(written) == 1 and "A" <= written <= "Z")
    return not short or written.lower() in ("yr", "yrs", "wk", "wks", "mo", "etc")


def _starts_sentence(flat: str, offset: int) -> bool:
    after = FIRST_CHARACTER.search(flat, offset, offset + 40)
    return after is None or not after.group().islower() or LOWER_CASE_START.match(flat, after.start()) is not None


def _is_wrapped_line(flat: str, offset: int) -> bool:
    """Whether a mail program wrapped the line: the next begins in lower case and this one does not end a sentence."""
    before, after = flat[max(0, offset - 200) : offset].rstrip(" "), flat[offset + 1 : offset + 60].lstrip(" ")
    line = before[before.rfind("\n") + 1 :]
    if not after or not before or after[0] == "\n" or before[-1] in ".!?:;\n":
        return False
    return len(line) > 50 and (after[0].islower() or before[-1] == ",")


def _section_of_line(line: str, current: str) -> str:
    heading = HEADING.match(line[:60])
    if heading is None:
        return current
    name = heading.group(1).strip()
    known_section = next((section for section, pattern in SECTION_PATTERNS.items() if pattern.fullmatch(name)), None)
    return known_section if known_section is not None else ""
