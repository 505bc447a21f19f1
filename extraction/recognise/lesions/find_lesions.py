"""Finds lesions: their site, size and status (current, suspected, resected, resolved)."""

import re
from collections.abc import Iterable, Iterator

from extraction.mention import Mention
from extraction.recognise.lesions.assign_size import assign_size
from extraction.recognise.lesions.implied_sites import find_implied_sites
from extraction.recognise.lesions.lesion_at_site import LesionClause, lesion_at
from extraction.recognise.lesions.lesion_patterns import (
    BENIGN_WORD,
    LUMP_WORD,
    NO_LESION_AFTER,
    NO_LESION_BEFORE,
    PRIMARY_SITES,
)
from extraction.recognise.lesions.sizes import WrittenSize, find_sizes
from extraction.recognise.lesions.spread import find_spread
from extraction.recognise.lesions.update_status import resection_offsets, update_earlier_lesions, update_own_lesions
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote, group_by_sentence

LUMP_ANAPHORA = re.compile(
    r"^(?:the|this|it|they|these|its)\b[^,;]{0,20}\b(?:lesions?|mass|tumou?r|nodules?|nodes?|lump|swelling|measur\w+|was|were)\b"
)
# Each alternative begins with a literal character, which makes the search faster.
LESION_CLAUSE_BREAK = re.compile(
    r",(?=\s)|;(?=\s)|\.(?=\s)|\n|and(?<!\wand)\b(?!\s+[iv]{1,3}[ab]?\b)(?=[^,;]{0,80}\d\s*(?:mm|cm))|"
    r"but(?<!\wbut)\b|while(?<!\wwhile)\b|whereas(?<!\wwhereas)\b|as well as(?<!\was well as)\b"
)
NODES_AFTER = re.compile(
    r"\s*(?:,|and|or|&|/)\s*(?:\w+\s+){0,2}?(?:lymph )?(?:nodes?|lymphadenopath\w+|"
    r"adenopath\w+)\b"
)
NODES_BEFORE = re.compile(r"\b(?:nodes?|lymphadenopath\w+|adenopath\w+) (?:in|of|within) (?:the )?(?:\w+ )?$")
MAX_EARLIER_LESIONS = 100
"""Lesions that a later sentence can still update. The bound keeps the time of a long list linear in its length."""


def find_lesions(note: TokenisedNote) -> Iterator[Mention]:
    """Yield lesions in the order of the text, with the status that later sentences give them."""
    mentions: list[Mention] = []
    lump_sites: tuple[PhraseHit, ...] = ()
    sizes_by_sentence, implied_by_sentence = (
        group_by_sentence(note, find_sizes(note)),
        group_by_sentence(note, find_implied_sites(note)),
    )
    for index in sorted({*sizes_by_sentence, *implied_by_sentence, *_relevant_sentences(note)}):
        sentence, sizes = note.sentences[index], sizes_by_sentence.get(index, [])
        previous = (
            mentions[-1] if mentions and index and mentions[-1].start >= note.sentences[index - 1].start else None
        )
        mentions = [
            *mentions[:-MAX_EARLIER_LESIONS],
            *update_earlier_lesions(note, sentence, mentions[-MAX_EARLIER_LESIONS:]),
        ]
        sites = _sites(note, sentence, implied_by_sentence.get(index, []))
        earlier_lumps = lump_sites if lump_sites and LUMP_ANAPHORA.search(_sentence_opening(note, sentence)) else ()
        new, lumps = _sentence_lesions(LesionClause(note, sentence, 0, 0, sites, previous, earlier_lumps), sizes)
        lump_sites = lumps if lumps is not None else lump_sites
        mentions = update_own_lesions(note, sentence, mentions + new)
    yield from mentions
    yield from find_spread(note)


def _relevant_sentences(note: TokenisedNote) -> set[int]:
    """Return the indexes of sentences that name a site or may change the status of earlier lesions."""
    hits = note.hits_of("lesion_site", "proved")
    return {note.sentence_index(offset) for offset in (*(hit.start for hit in hits), *resection_offsets(note))}


def _sentence_opening(note: TokenisedNote, sentence: NoteSentence) -> str:
    return note.lower[sentence.start : min(sentence.end, sentence.start + 40)]


def _sentence_lesions(
    sentence_clause: LesionClause, sizes: list[WrittenSize]
) -> tuple[list[Mention], tuple[PhraseHit, ...] | None]:
    """Return the lesions of a sentence, and sites of lumps that the next may refer to (None if it has no site)."""
    note, sentence, sites, lump_sites = (
        sentence_clause.note,
        sentence_clause.sentence,
        sentence_clause.sites,
        sentence_clause.lump_sites,
    )
    if not sites and not sizes:
        return [], None
    pending: list[WrittenSize] = []
    mentions: list[Mention] = []
    for start, end in _clauses(note, sentence):
        sites_here = tuple(site for site in sites if start <= site.start < end)
        measured = [*pending, *(size for size in sizes if start <= size.start < end)]
        pending = []
        if measured and not sites_here and end < sentence.end and _site_follows(note, sites, end):
            pending, measured = measured, []
        previous = next(
            (mention for mention in reversed(mentions) if mention.kind == "lesion"), sentence_clause.previous
        )
        clause_mentions = _clause_lesions(
            LesionClause(note, sentence, start, end, sites_here, previous, lump_sites), measured
        )
        mentions += clause_mentions
        if sites_here:
            lump_sites = () if clause_mentions else _lump_sites(note, sites_here, start, end)
    return _without_duplicates(mentions), lump_sites


def _lump_sites(note: TokenisedNote, sites: tuple[PhraseHit, ...], start: int, end: int) -> tuple[PhraseHit, ...]:
    return (
        tuple(site for site in sites if site.code not in PRIMARY_SITES)
        if LUMP_WORD.search(note.lower, start, end)
        else ()
    )


def _clauses(note: TokenisedNote, sentence: NoteSentence) -> Iterator[tuple[int, int]]:
    start = sentence.start
    for match in LESION_CLAUSE_BREAK.finditer(note.lower, sentence.start, sentence.end):
        yield start, match.start()
        start = match.start()
    yield start, sentence.end


def _site_follows(note: TokenisedNote, sites: Iterable[PhraseHit], offset: int) -> bool:
    """Whether a site directly follows: `a large 7 cm lobulated, presternal lesion`."""
    return any(0 <= site.start - offset <= 6 for site in sites) and not re.match(
        r"\s*(?:and|with)\b", note.lower[offset + 1 : offset + 8]
    )


def _sites(note: TokenisedNote, sentence: NoteSentence, implied: list[PhraseHit]) -> tuple[PhraseHit, ...]:
    named = note.hits_in(sentence, "lesion_site")
    sites = [_as_node_site(note, hit) for hit in named if not _is_not_lesion(note, sentence, hit)]
    return tuple(sorted([*sites, *implied], key=lambda hit: hit.start))


def _as_node_site(note: TokenisedNote, hit: PhraseHit) -> PhraseHit:
    """Turn the mediastinum into a node site: `mediastinal and hilar lymph nodes`, `nodes in the mediastinum`."""
    if hit.code != "mediastinum":
        return hit
    after, before = note.text_near(hit.end, hit.end, 0, 40), note.text_near(hit.start, hit.start, 40)
    is_node = NODES_AFTER.match(after) or NODES_BEFORE.search(before)
    return hit._replace(code="lymph_node_mediastinal") if is_node else hit


def _is_not_lesion(note: TokenisedNote, sentence: NoteSentence, hit: PhraseHit) -> bool:
    """Whether the site is only part of the name of a scan, an operation or a function of an organ."""
    after = note.lower[hit.end : min(sentence.end, hit.end + 40)]
    before = note.lower[max(sentence.start, hit.start - 40) : hit.start]
    if "metasta" in note.lower[hit.start : hit.end]:
        return False
    return bool(NO_LESION_AFTER.match(after) or NO_LESION_BEFORE.search(before))


def _clause_lesions(clause: LesionClause, measured: list[WrittenSize]) -> list[Mention]:
    if not clause.sites and not measured:
        return []
    if BENIGN_WORD.search(clause.text) and not clause.is_malignant and "thyroglossal" not in clause.text:
        return []
    sites = [site for site in clause.sites if site.code not in PRIMARY_SITES]
    mentions = [lesion for site in sites if (lesion := lesion_at(clause, site)) is not None]
    for size in measured:
        assign_size(clause, size, mentions)
    return mentions


def _without_duplicates(mentions: list[Mention]) -> list[Mention]:
    """Drop mentions without a size at a site that the same sentence mentions with a size, and exact repeats."""
    sized = {mention.value["site"] for mention in mentions if mention.kind == "lesion" and "size" in mention.value}
    seen: set[object] = set()
    distinct = []
    for mention in mentions:
        key = (
            mention.value.get("site"),
            mention.value.get("size"),
            mention.value.get("status"),
            mention.context,
            mention.kind,
        )
        is_repeated = mention.kind == "lesion" and "size" not in mention.value and mention.value["site"] in sized
        if key not in seen and not is_repeated:
            seen.add(key)
            distinct.append(mention)
    return distinct
