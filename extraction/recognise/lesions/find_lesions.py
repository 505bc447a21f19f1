"""Lesions: where they are, how large, and whether they are there, suspected, removed, or something else after all."""

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
# Each alternative begins with a sign or letter, so that the search runs from one of those to the next.
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
"""Lesions that a later sentence can still speak of; a bound, so that a long list costs no more than its length."""


def find_lesions(note: TokenisedNote) -> Iterator[Mention]:
    """Lesions in the order of the text; then what later sentences say has become of them."""
    found: list[Mention] = []
    bare: tuple[PhraseHit, ...] = ()
    measured, more = (
        group_by_sentence(note, find_sizes(note)),
        group_by_sentence(note, find_implied_sites(note)),
    )
    for index in sorted({*measured, *more, *_relevant_sentences(note)}):
        sentence, own = note.sentences[index], measured.get(index, [])
        before = found[-1] if found and index and found[-1].start >= note.sentences[index - 1].start else None
        found = [
            *found[:-MAX_EARLIER_LESIONS],
            *update_earlier_lesions(note, sentence, found[-MAX_EARLIER_LESIONS:]),
        ]
        sites = _sites(note, sentence, more.get(index, []))
        spoken_of = bare if bare and LUMP_ANAPHORA.search(_sentence_opening(note, sentence)) else ()
        new, lumps = _sentence_lesions(LesionClause(note, sentence, 0, 0, sites, before, spoken_of), own)
        bare = lumps if lumps is not None else bare
        found = update_own_lesions(note, sentence, found + new)
    yield from found
    yield from find_spread(note)


def _relevant_sentences(note: TokenisedNote) -> set[int]:
    """The sentences that name a site, or may say what has become of lesions named before."""
    terms = note.hits_of("lesion_site", "proved")
    return {note.sentence_index(place) for place in (*(term.start for term in terms), *resection_offsets(note))}


def _sentence_opening(note: TokenisedNote, sentence: NoteSentence) -> str:
    return note.lower[sentence.start : min(sentence.end, sentence.start + 40)]


def _sentence_lesions(
    whole: LesionClause, sizes_here: list[WrittenSize]
) -> tuple[list[Mention], tuple[PhraseHit, ...] | None]:
    """The lesions of a sentence, and the sites of mere lumps that the next may speak of; None if it names no site."""
    note, sentence, sites, bare = whole.note, whole.sentence, whole.sites, whole.lump_sites
    if not sites and not sizes_here:
        return [], None
    pending: list[WrittenSize] = []
    out: list[Mention] = []
    for start, end in _clauses(note, sentence):
        sites_here = tuple(site for site in sites if start <= site.start < end)
        measured = [*pending, *(size for size in sizes_here if start <= size.start < end)]
        pending = []
        if measured and not sites_here and end < sentence.end and _site_follows(note, sites, end):
            pending, measured = measured, []
        last = next((mention for mention in reversed(out) if mention.kind == "lesion"), whole.previous)
        found = _clause_lesions(LesionClause(note, sentence, start, end, sites_here, last, bare), measured)
        out += found
        if sites_here:
            bare = () if found else _lump_sites(note, sites_here, start, end)
    return _without_duplicates(out), bare


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


def _site_follows(note: TokenisedNote, sites: Iterable[PhraseHit], place: int) -> bool:
    """`a large 7 cm lobulated, presternal lesion`: the site comes after the comma."""
    return any(0 <= site.start - place <= 6 for site in sites) and not re.match(
        r"\s*(?:and|with)\b", note.lower[place + 1 : place + 8]
    )


def _sites(note: TokenisedNote, sentence: NoteSentence, more: list[PhraseHit]) -> tuple[PhraseHit, ...]:
    named = note.hits_in(sentence, "lesion_site")
    terms = [_as_node_site(note, term) for term in named if not _is_not_lesion(note, sentence, term)]
    return tuple(sorted([*terms, *more], key=lambda term: term.start))


def _as_node_site(note: TokenisedNote, term: PhraseHit) -> PhraseHit:
    """`mediastinal and hilar lymph nodes`, `nodes in the upper mediastinum` are nodes."""
    if term.code != "mediastinum":
        return term
    after, before = note.text_near(term.end, term.end, 0, 40), note.text_near(term.start, term.start, 40)
    is_node = NODES_AFTER.match(after) or NODES_BEFORE.search(before)
    return term._replace(code="lymph_node_mediastinal") if is_node else term


def _is_not_lesion(note: TokenisedNote, sentence: NoteSentence, term: PhraseHit) -> bool:
    """A scan, an operation or a function of an organ is no lesion in it."""
    after = note.lower[term.end : min(sentence.end, term.end + 40)]
    before = note.lower[max(sentence.start, term.start - 40) : term.start]
    if "metasta" in note.lower[term.start : term.end]:
        return False
    return bool(NO_LESION_AFTER.match(after) or NO_LESION_BEFORE.search(before))


def _clause_lesions(clause: LesionClause, measured: list[WrittenSize]) -> list[Mention]:
    if not clause.sites and not measured:
        return []
    if BENIGN_WORD.search(clause.text) and not clause.is_malignant and "thyroglossal" not in clause.text:
        return []
    sites = [site for site in clause.sites if site.code not in PRIMARY_SITES]
    out = [lesion for site in sites if (lesion := lesion_at(clause, site)) is not None]
    for size in measured:
        assign_size(clause, size, out)
    return out


def _without_duplicates(mentions: list[Mention]) -> list[Mention]:
    """Two mentions of one site in a sentence, one of them with its size, are one lesion."""
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
