"""Decides which cue governs which item of a clause.

Items and cues are processed from left to right. A cue before its items (`no`, `positive for`) applies until the clause
ends or another cue follows; a cue after them (`wild type`, `(-)`, `were not detected`) closes the list before it.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from extraction.prefilter import contains_any
from extraction.recognise.variants.gene_items import VariantItem
from extraction.recognise.variants.polarity_cues import NEGATIVE, OPEN, POLARITY_PATTERNS, POSITIVE
from extraction.tokenised_note import TokenisedNote

NEXT_ITEM_GAP = re.compile(
    r"\s*(?:mutation|fusion|rearrangement|variant|alteration)s?\s*(?:\([^)]*\)\s*)?"
    r"(?:,\s*(?:an?\s+)?|,?\s*(?:and|but)\s+an?\s+)"
)
LIST_GAP = re.compile(
    r"^[\s,/&()+:]*(?:(?:and|or|nor|as well as|,|the|a|an|/|&|both|either|together with|plus|gene|"
    r"genes|mutations?|fusions?|rearrangements?|variants?|promoter|status|testing|were|in|codons?|"
    r"exons?|\d+)[\s,/()]*)*$"
)
JOINING_WORD = re.compile(r"\b(?:and|or|nor)\b|/|&")


INSERTED_PHRASE = re.compile(r",[^,]{0,40},|\([^()]{0,40}\)")
NEW_SUBJECT = re.compile(r",\s*(?=\w)(?!with)|\band\b|\bwhich\b.*\b(?:for|in)\b")
CONCLUSION_WORD = re.compile(r"(?:considered|interpreted|regarded|deemed|i\.e\.|thus|hence|therefore)\b")


class PlacedCue(NamedTuple):
    """A cue with its polarity, its span, and the side of its items."""

    polarity: str
    side: str
    start: int
    end: int


def assign_polarity(note: TokenisedNote, items: list[VariantItem], start: int, end: int) -> None:
    """Assign each item of a clause the polarity of the cue that governs it."""
    forward: PlacedCue | None = None
    group: list[VariantItem] = []
    closed = False
    events: list[VariantItem | PlacedCue] = sorted([*_placed_cues(note, items, start, end), *items], key=_event_order)
    for event in events:
        if isinstance(event, VariantItem):
            if closed:
                group, closed = [], False
            if forward is not None and group and _starts_new_statement(note, forward, group[-1], event):
                forward = None
            group.append(event)
            if forward is not None:
                _set_status(event, forward)
        elif group and event.side != "before" and _applies_to_item(note, group[-1], event):
            # `the V600E mutant allele was absent`: a negative cue may follow an apparently positive one.
            if not closed or event.polarity == NEGATIVE:
                _close_list(note, group, event)
            forward, closed = None, True
        elif event.side != "after":
            forward, group = (forward if _is_denied_confirmation(forward, event, group) else event), []


def _is_denied_confirmation(forward: PlacedCue | None, cue: PlacedCue, group: list[VariantItem]) -> bool:
    """Whether a positive cue is within reach of a negative one: `no pathogenic`, `did not detect`."""
    return (
        forward is not None
        and forward.polarity == NEGATIVE
        and cue.polarity == POSITIVE
        and not group
        and cue.start - forward.end <= 25
    )


def _starts_new_statement(note: TokenisedNote, forward: PlacedCue, previous: VariantItem, item: VariantItem) -> bool:
    """Whether the item has an alteration of its own, which ends the negation: `no BRAF mutation, NRAS Q61K`."""
    gap = note.lower[previous.end : item.start]
    has_name = item.alteration is not None and item.alteration.kind != "codon"
    return (
        forward.polarity == NEGATIVE and has_name and previous.alteration is None and bool(NEXT_ITEM_GAP.fullmatch(gap))
    )


def _event_order(event: VariantItem | PlacedCue) -> tuple[int, bool]:
    """Order by offset; an item comes before a cue that begins at the same offset."""
    return (event.start, isinstance(event, PlacedCue))


def _placed_cues(note: TokenisedNote, items: list[VariantItem], start: int, end: int) -> list[PlacedCue]:
    """Return cues outside the items, the longest where several overlap."""
    clause = note.lower[start:end]
    cues = [
        PlacedCue(polarity, side, match.start(), match.end())
        for polarity, side, pattern, substrings in POLARITY_PATTERNS
        if contains_any(clause, substrings)
        for match in pattern.finditer(note.lower, start, end)
        if not any(item.start <= match.start() and match.end() <= item.end for item in items)
    ]
    distinct: list[PlacedCue] = []
    for cue in sorted(cues, key=lambda cue: (cue.start, -cue.end)):
        if not distinct or cue.start >= distinct[-1].end:
            distinct.append(cue)
    return distinct


def _applies_to_item(note: TokenisedNote, item: VariantItem, cue: PlacedCue) -> bool:
    """Whether a cue applies to the item before it: only technical words may be in between."""
    gap = INSERTED_PHRASE.sub(" ", note.lower[item.end : cue.start])
    if re.fullmatch(r"[\s)\]]*(?:,?\s*which\s*)?", gap):
        return True
    if CONCLUSION_WORD.match(note.lower, cue.start):
        gap = gap.rstrip(" ,")
    return len(gap) <= 70 and not NEW_SUBJECT.search(gap)


def _set_status(item: VariantItem, cue: PlacedCue) -> None:
    """Set the status: open wins over negative, negative over positive, so that a doubtful variant is never found."""
    rank = {"": 0, POSITIVE: 1, NEGATIVE: 2, OPEN: 3}
    if rank[cue.polarity] >= rank[item.status]:
        item.status, item.cue, item.rule = cue.polarity, (cue.start, cue.end), f"variants.{cue.polarity}"


def _close_list(note: TokenisedNote, group: list[VariantItem], cue: PlacedCue) -> None:
    """Apply a cue after a list to the items that are joined to the last one.

    In `NRAS Q61K, BRAF wt` the comma separates them, because the first has an alteration of its own; in `V600E and Q61R
    were not detected` they are joined.
    """
    next_in_list: VariantItem | None = None
    is_joined = any(JOINING_WORD.search(note.lower[item.end : next_item.start]) for item, next_item in pairwise(group))
    for item in reversed(group):
        if next_in_list is not None:
            gap = note.lower[item.end : next_in_list.start]
            has_own_alteration = item.alteration is not None and item.alteration.kind != "codon"
            if not LIST_GAP.match(gap) or (has_own_alteration and not is_joined and cue.polarity != POSITIVE):
                return
        _set_status(item, cue)
        next_in_list = item
