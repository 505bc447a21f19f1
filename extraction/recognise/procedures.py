"""Operations and other local treatments that were done."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.reading import Mention, TokenisedNote

GROUPS = frozenset(
    {
        "surgery",
        "major_surgery",
        "minor_surgery",
        "biopsy",
        "needle_biopsy",
        "open_biopsy",
        "radiotherapy",
        "local_ablation",
        "external_beam_radiotherapy",
        "metastasectomy",
        "brachytherapy",
        "other_major_surgery",
    }
)
NEAR_TOTAL = re.compile(r"\b(?:TT|TTx|ATT)\b(?!\s*[<>=\d])")


def find(reading: TokenisedNote) -> Iterator[Mention]:
    """One finding a mention; the assembly keeps each procedure once."""
    for term in reading.of("procedure"):
        if term.code not in GROUPS:
            yield _finding(reading, term.start, term.end, term.code)
    for match in NEAR_TOTAL.finditer(reading.flat) if "TT" in reading.flat else ():
        yield _finding(reading, match.start(), match.end(), "total_thyroidectomy")


def _finding(reading: TokenisedNote, start: int, end: int, code: str) -> Mention:
    context = context_of(reading, start, end, "uncertain", "historical", "superseded")
    return Mention("procedure", {"procedure": code}, start, end, "procedures.phrase", context.categories, context.cue)
