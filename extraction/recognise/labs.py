"""Laboratory values whose unit fits the analyte."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import NUMBER, read_number
from extraction.tokenised_note import PhraseHit, TokenisedNote
from schemas.summary.lab_units import dimension_of
from schemas.summary.quantity import Quantity

ELSEWHERE = frozenset(
    {
        "thyroglobulin",
        "thyroglobulin_suppressed",
        "thyroglobulin_stimulated",
        "thyroglobulin_washout",
        "tg_antibody_level",
        "tsh",
    }
)
VALUE = re.compile(
    rf"^(?:[\s:=(]|\b(?:level|levels|count|value|of|was|is|were|at|serum|now|currently)\b)*(?P<sign><|>|≤|≥)?\s*(?P<number>{NUMBER})\s*(?P<unit>x\s?10\s?\^?\s?\d+\s?/\s?[a-z]+|10\^\d+/[a-z]+|%|[a-z]+/[a-z0-9]+(?:/[a-z]+)?|mmhg|ms|kg/m2)?"
)


def find_labs(reading: TokenisedNote) -> Iterator[Mention]:
    """A value right after the name, in a unit of the analyte; others are not read."""
    for term in reading.of("analyte"):
        if term.code not in ELSEWHERE and (found := _value(reading, term)) is not None:
            yield found


def _value(reading: TokenisedNote, term: PhraseHit) -> Mention | None:
    sentence = reading.sentence_at(term.start)
    match = VALUE.match(reading.lower[term.end : min(sentence.end, term.end + 60)])
    if match is None:
        return None
    unit = re.sub(r"\s", "", match["unit"] or "")
    number = read_number(match["number"], reading.decimal_comma)
    try:
        dimension_of(term.code).interval(Quantity(number, number, unit))
    except ValueError:
        return None
    context = context_of(reading, term.start, term.end, "historical")
    sign = {"≤": "<=", "≥": ">="}.get(match["sign"] or "", match["sign"] or "")
    written = f"{sign}{number} {unit}".strip()
    return Mention(
        "lab",
        {"analyte": term.code, "value": written},
        term.start,
        term.end + match.end(),
        "labs.value",
        context.categories,
        context.cue,
    )
