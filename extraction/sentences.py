"""Where sentences and sections begin: found in one pass over the text, never token by token."""

import re
from collections.abc import Iterator

from extraction.prefilter import holds
from extraction.tokenised_note import NoteSentence

# A full stop ends a sentence unless it follows one of these. Source: abbreviations of clinical letters.
ABBREVIATIONS = frozenset(
    "approx ca cf dr e.g eg etc fig figs hist i.e ie incl inj max med min mr mrs ms no nr op pat pre prof pt resp "  # noqa: SIM905
    "st tab temp vs vol yr yrs wk wks mo al".split()
)
BREAK = re.compile(r"""[.!?\n](?:(?<=\n)|(?<!\n)[.!?]*["')\]]*(?=\s)|(?<=[a-z]{3}\.)(?=[A-Z][a-z]))""")
"""What may end a sentence. It begins with the signs themselves, so that the search runs from one to the next."""

BEFORE = re.compile(r"(?<![\w>])[A-Za-z.]*$")
FIRST = re.compile(r"\S")
NO_CAPITAL = re.compile(r"p\.|c\.|pT")
LONGEST = 1_000
"""Units: characters. Longer than any sentence of a letter; it makes the time of reading proportional to the note."""

HEADING = re.compile(r"[ \t>*#-]*([A-Za-z][A-Za-z /&()-]{1,40}?)\s*(?::|\n|$)")
SECTIONS = {
    "family": r"family history|family hx|fhx?|fam hx",
    "plan": r"plan|rec|recommendations?|decision|outcome|proposal|next steps?|management plan|advice|suggestions?",
    "allergies": r"allerg(?:y|ies)",
}
SECTION = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in SECTIONS.items()}

FIRST_CASE = re.compile(
    r"\b(?:[Cc]ase|CASE|[Pp]atient|PATIENT)\s+(?:no\.?\s*)?(?:1|one|I|A)\b|\b[Ff]irst (?:case|patient)\b"
)
NUMBERED = (
    *(f"{word} {number}" for word in ("ase", "ASE", "atient", "ATIENT") for number in ("1", "no", "one", "I", "A")),
    "irst case",
    "irst patient",
)
SECOND_CASE = re.compile(
    r"(?:[Cc]ase|CASE|[Pp]atient|PATIENT)\s+(?:no\.?\s*)?(?:[2-9]|two|II|B)\b|(?:The|Our) (?:second|"
    r"other) (?:case|patient)\b"
)

INLINE = re.compile(r"(?:plan|rec|recommendations?|decision|outcome|proposal|next steps?|advice)\s*:", re.IGNORECASE)
"""What begins a plan within a line; it lasts until the line ends."""


def split(flat: str) -> tuple[NoteSentence, ...]:
    """The sentences of a flat text, in order and without gaps but white space."""
    out: list[NoteSentence] = []
    section, inline, start = "", "", 0
    for end in [*_ends(flat), len(flat)]:
        piece = flat[start:end]
        if piece.strip():
            lead = len(piece) - len(piece.lstrip())
            if start == 0 or "\n" in flat[max(0, start - 1) : start + lead]:
                section, inline = _section(piece[lead:], section), ""
            elif INLINE.match(piece, lead):
                inline = "plan"
            out += _pieces(flat, start + lead, start + len(piece.rstrip()), inline or section)
            start = end
    return _of_first_patient(flat, out) or (NoteSentence(0, len(flat), ""),)


def _of_first_patient(flat: str, found: list[NoteSentence]) -> tuple[NoteSentence, ...]:
    """Of several numbered cases the first is the patient; what follows `Case 2` is of another person."""
    if not holds(flat, NUMBERED) or FIRST_CASE.search(flat) is None:
        return tuple(found)
    second = next((place for place, one in enumerate(found) if SECOND_CASE.match(flat, one.start)), len(found))
    return (*found[:second], *(one._replace(section="other_person") for one in found[second:]))


def _pieces(flat: str, start: int, end: int, section: str) -> Iterator[NoteSentence]:
    """A sentence in pieces of bounded length, broken at white space: what is read within one costs at most so much."""
    while end - start > LONGEST:
        cut = flat.rfind(" ", start + 1, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        yield NoteSentence(start, cut, section)
        start = cut
    yield NoteSentence(start, end, section)


def _ends(flat: str) -> list[int]:
    return [found.end() for found in BREAK.finditer(flat) if _is_end(flat, found)]


def _is_end(flat: str, found: re.Match[str]) -> bool:
    if found.group() == "\n":
        return not _wrapped(flat, found.start())
    if not found.group().startswith("."):
        return True
    if not _starts_sentence(flat, found.end()):
        return False
    word = BEFORE.search(flat, max(0, found.start() - 12), found.start())
    if word is None:
        return True
    written = word.group()
    short = written.lower() in ABBREVIATIONS or (len(written) == 1 and "A" <= written <= "Z")
    return not short or written.lower() in ("yr", "yrs", "wk", "wks", "mo", "etc")


def _starts_sentence(flat: str, place: int) -> bool:
    after = FIRST.search(flat, place, place + 40)
    return after is None or not after.group().islower() or NO_CAPITAL.match(flat, after.start()) is not None


def _wrapped(flat: str, place: int) -> bool:
    """A line that a mail program broke goes on with a small letter and was not ended."""
    before, after = flat[max(0, place - 200) : place].rstrip(" "), flat[place + 1 : place + 60].lstrip(" ")
    line = before[before.rfind("\n") + 1 :]
    if not after or not before or after[0] == "\n" or before[-1] in ".!?:;\n":
        return False
    return len(line) > 50 and (after[0].islower() or before[-1] == ",")


def _section(line: str, current: str) -> str:
    heading = HEADING.match(line[:60])
    if heading is None:
        return current
    name = heading.group(1).strip()
    known = next((section for section, pattern in SECTION.items() if pattern.fullmatch(name)), None)
    return known if known is not None else ""
