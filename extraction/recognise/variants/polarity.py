"""Which cue governs which item of a clause.

Items and cues are walked from left to right. A cue before its items (`no`, `positive for`) holds until the clause ends
or another comes; a cue after them (`wild type`, `(-)`, `were not detected`) closes the list before it.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from extraction.prefilter import holds
from extraction.recognise.variants.gene_items import VariantItem
from extraction.recognise.variants.polarity_cues import NEGATIVE, OPEN, PATTERNS, POSITIVE
from extraction.tokenised_note import TokenisedNote

ENDED = re.compile(
    r"\s*(?:mutation|fusion|rearrangement|variant|alteration)s?\s*(?:\([^)]*\)\s*)?"
    r"(?:,\s*(?:an?\s+)?|,?\s*(?:and|but)\s+an?\s+)"
)
CONNECTED = re.compile(
    r"^[\s,/&()+:]*(?:(?:and|or|nor|as well as|,|the|a|an|/|&|both|either|together with|plus|gene|"
    r"genes|mutations?|fusions?|rearrangements?|variants?|promoter|status|testing|were|in|codons?|"
    r"exons?|\d+)[\s,/()]*)*$"
)
JOINED = re.compile(r"\b(?:and|or|nor)\b|/|&")


ASIDE = re.compile(r",[^,]{0,40},|\([^()]{0,40}\)")
PARTED = re.compile(r",\s*(?=\w)(?!with)|\band\b|\bwhich\b.*\b(?:for|in)\b")
CONCLUDED = re.compile(r"(?:considered|interpreted|regarded|deemed|i\.e\.|thus|hence|therefore)\b")


class PlacedCue(NamedTuple):
    """Words at a place, what they say and on which side of them it holds."""

    polarity: str
    side: str
    start: int
    end: int


def settle(reading: TokenisedNote, items: list[VariantItem], start: int, end: int) -> None:
    """Walk cues and items of a clause; each item gets the status of the cue that governs it."""
    forward: PlacedCue | None = None
    group: list[VariantItem] = []
    closed = False
    events: list[VariantItem | PlacedCue] = sorted([*_cues(reading, items, start, end), *items], key=_order)
    for event in events:
        if isinstance(event, VariantItem):
            if closed:
                group, closed = [], False
            if forward is not None and group and _new_start(reading, forward, group[-1], event):
                forward = None
            group.append(event)
            if forward is not None:
                _mark(event, forward)
        elif group and event.side != "before" and _follows(reading, group[-1], event):
            # `the V600E mutant allele was absent`: what denies may come after what seemed to confirm.
            if not closed or event.polarity == NEGATIVE:
                _close(reading, group, event)
            forward, closed = None, True
        elif event.side != "after":
            forward, group = (forward if _still_denied(forward, event, group) else event), []


def _still_denied(forward: PlacedCue | None, cue: PlacedCue, group: list[VariantItem]) -> bool:
    """`no pathogenic`, `did not detect`: the word that confirms stands in the reach of the one that denies."""
    return (
        forward is not None
        and forward.polarity == NEGATIVE
        and cue.polarity == POSITIVE
        and not group
        and cue.start - forward.end <= 25
    )


def _new_start(reading: TokenisedNote, forward: PlacedCue, last: VariantItem, item: VariantItem) -> bool:
    """`no BRAF mutation, NRAS Q61K mutation`: what is denied has ended, for the next item has a name of its own."""
    gap = reading.lower[last.end : item.start]
    named = item.alteration is not None and item.alteration.kind != "codon"
    return forward.polarity == NEGATIVE and named and last.alteration is None and bool(ENDED.fullmatch(gap))


def _order(event: VariantItem | PlacedCue) -> tuple[int, bool]:
    """By place; an item goes before a cue that begins with it."""
    return (event.start, isinstance(event, PlacedCue))


def _cues(reading: TokenisedNote, items: list[VariantItem], start: int, end: int) -> list[PlacedCue]:
    """Cues outside the items, the longest where several overlap."""
    clause = reading.lower[start:end]
    found = [
        PlacedCue(polarity, side, match.start(), match.end())
        for polarity, side, pattern, pieces in PATTERNS
        if holds(clause, pieces)
        for match in pattern.finditer(reading.lower, start, end)
        if not any(item.start <= match.start() and match.end() <= item.end for item in items)
    ]
    out: list[PlacedCue] = []
    for cue in sorted(found, key=lambda one: (one.start, -one.end)):
        if not out or cue.start >= out[-1].end:
            out.append(cue)
    return out


def _follows(reading: TokenisedNote, item: VariantItem, cue: PlacedCue) -> bool:
    """Whether a cue speaks of the item before it: nothing but words of the trade may stand between."""
    gap = ASIDE.sub(" ", reading.lower[item.end : cue.start])
    if re.fullmatch(r"[\s)\]]*(?:,?\s*which\s*)?", gap):
        return True
    if CONCLUDED.match(reading.lower, cue.start):
        gap = gap.rstrip(" ,")
    return len(gap) <= 70 and not PARTED.search(gap)


def _mark(item: VariantItem, cue: PlacedCue) -> None:
    """Open beats negative beats positive: what is denied or not known is never found."""
    rank = {"": 0, POSITIVE: 1, NEGATIVE: 2, OPEN: 3}
    if rank[cue.polarity] >= rank[item.status]:
        item.status, item.cue, item.rule = cue.polarity, (cue.start, cue.end), f"variants.{cue.polarity}"


def _close(reading: TokenisedNote, group: list[VariantItem], cue: PlacedCue) -> None:
    """A cue after a list holds for the items that are joined to the last one.

    In `NRAS Q61K, BRAF wt` the comma parts them, for the first has an alteration of its own; in `V600E and Q61R were
    not detected` they are joined.
    """
    last: VariantItem | None = None
    joined = any(JOINED.search(reading.lower[one.end : other.start]) for one, other in pairwise(group))
    for item in reversed(group):
        if last is not None:
            gap = reading.lower[item.end : last.start]
            own = item.alteration is not None and item.alteration.kind != "codon"
            if not CONNECTED.match(gap) or (own and not joined and cue.polarity != POSITIVE):
                return
        _mark(item, cue)
        last = item
