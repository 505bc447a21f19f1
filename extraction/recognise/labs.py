"""Finds laboratory values whose unit fits the analyte."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import NUMBER, read_number
from extraction.tokenised_note import PhraseHit, TokenisedNote
from schemas.summary.lab_units import dimension_of
from schemas.summary.quantity import Quantity

MARKER_ANALYTES = frozenset(
    {
        "thyroglobulin",
        "thyroglobulin_suppressed",
        "thyroglobulin_stimulated",
        "thyroglobulin_washout",
        "tg_antibody_level",
        "tsh",
    }
)
LAB_VALUE = re.compile(
    rf"^(?:[\s:=(]|\b(?:level|levels|count|value|of|was|is|were|at|serum|now|currently)\b)*(?P<sign><|>|≤|≥)?\s*(?P<number>{NUMBER})\s*(?P<unit>x\s?10\s?\^?\s?\d+\s?/\s?[a-z]+|10\^\d+/[a-z]+|%|[a-z]+/[a-z0-9]+(?:/[a-z]+)?|mmhg|ms|kg/m2)?"
)


def find_labs(note: TokenisedNote) -> Iterator[Mention]:
    """Yield values that directly follow the name, in a unit of the analyte."""
    for hit in note.hits_of("analyte"):
        if hit.code not in MARKER_ANALYTES and (mention := _lab_mention(note, hit)) is not None:
            yield mention


def _lab_mention(note: TokenisedNote, hit: PhraseHit) -> Mention | None:
    sentence = note.sentence_at(hit.start)
    match = LAB_VALUE.match(note.lower[hit.end : min(sentence.end, hit.end + 60)])
    if match is None:
        return None
    unit = re.sub(r"\s", "", match["unit"] or "")
    number = read_number(match["number"], note.decimal_comma)
    try:
        dimension_of(hit.code).interval(Quantity(number, number, unit))
    except ValueError:
        return None
    context = context_of(note, hit.start, hit.end, "historical")
    sign = {"≤": "<=", "≥": ">="}.get(match["sign"] or "", match["sign"] or "")
    written = f"{sign}{number} {unit}".strip()
    return Mention(
        "lab",
        {"analyte": hit.code, "value": written},
        hit.start,
        hit.end + match.end(),
        "labs.value",
        context.categories,
        context.cue,
    )
