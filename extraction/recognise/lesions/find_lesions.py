"""Lesions: where they are, how large, and whether they are there, suspected, removed, or something else after all."""

import re
from collections.abc import Iterable, Iterator

from extraction.mention import Mention
from extraction.recognise.lesions.assign_size import attach
from extraction.recognise.lesions.implied_sites import unnamed
from extraction.recognise.lesions.lesion_at_site import LesionStretch, lesion_at
from extraction.recognise.lesions.lesion_patterns import (
    BENIGN_IN_WORD,
    LUMP,
    NO_LESION_AFTER,
    NO_LESION_BEFORE,
    PRIMARY,
)
from extraction.recognise.lesions.sizes import WrittenSize, sizes
from extraction.recognise.lesions.spread import find_spread
from extraction.recognise.lesions.update_status import resolved, resolved_here, taken_out
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote, by_sentence

THE_LUMP = re.compile(
    r"^(?:the|this|it|they|these|its)\b[^,;]{0,20}\b(?:lesions?|mass|tumou?r|nodules?|nodes?|lump|swelling|measur\w+|was|were)\b"
)
# Each alternative begins with a sign or letter, so that the search runs from one of those to the next.
CHUNK = re.compile(
    r",(?=\s)|;(?=\s)|\.(?=\s)|\n|and(?<!\wand)\b(?!\s+[iv]{1,3}[ab]?\b)(?=[^,;]{0,80}\d\s*(?:mm|cm))|"
    r"but(?<!\wbut)\b|while(?<!\wwhile)\b|whereas(?<!\wwhereas)\b|as well as(?<!\was well as)\b"
)
NODES_AFTER = re.compile(
    r"\s*(?:,|and|or|&|/)\s*(?:\w+\s+){0,2}?(?:lymph )?(?:nodes?|lymphadenopath\w+|"
    r"adenopath\w+)\b"
)
NODES_BEFORE = re.compile(r"\b(?:nodes?|lymphadenopath\w+|adenopath\w+) (?:in|of|within) (?:the )?(?:\w+ )?$")
RECENT = 100
"""Lesions that a later sentence can still speak of; a bound, so that a long list costs no more than its length."""


def find_lesions(reading: TokenisedNote) -> Iterator[Mention]:
    """Lesions in the order of the text; then what later sentences say has become of them."""
    found: list[Mention] = []
    bare: tuple[PhraseHit, ...] = ()
    measured, more = by_sentence(reading, sizes(reading)), by_sentence(reading, unnamed(reading))
    for index in sorted({*measured, *more, *_spoken_of(reading)}):
        sentence, own = reading.sentences[index], measured.get(index, [])
        before = found[-1] if found and index and found[-1].start >= reading.sentences[index - 1].start else None
        found = [*found[:-RECENT], *resolved(reading, sentence, found[-RECENT:])]
        sites = _sites(reading, sentence, more.get(index, []))
        spoken_of = bare if bare and THE_LUMP.search(_head(reading, sentence)) else ()
        new, lumps = _sentence(LesionStretch(reading, sentence, 0, 0, sites, before, spoken_of), own)
        bare = lumps if lumps is not None else bare
        found = resolved_here(reading, sentence, found + new)
    yield from found
    yield from find_spread(reading)


def _spoken_of(reading: TokenisedNote) -> set[int]:
    """The sentences that name a site, or may say what has become of lesions named before."""
    terms = reading.of("lesion_site", "proved")
    return {reading.index_at(place) for place in (*(term.start for term in terms), *taken_out(reading))}


def _head(reading: TokenisedNote, sentence: NoteSentence) -> str:
    return reading.lower[sentence.start : min(sentence.end, sentence.start + 40)]


def _sentence(whole: LesionStretch, own: list[WrittenSize]) -> tuple[list[Mention], tuple[PhraseHit, ...] | None]:
    """The lesions of a sentence, and the sites of mere lumps that the next may speak of; None if it names no site."""
    reading, sentence, sites, bare = whole.reading, whole.sentence, whole.sites, whole.bare
    if not sites and not own:
        return [], None
    pending: list[WrittenSize] = []
    out: list[Mention] = []
    for start, end in _chunks(reading, sentence):
        here = tuple(site for site in sites if start <= site.start < end)
        measured = [*pending, *(size for size in own if start <= size.start < end)]
        pending = []
        if measured and not here and end < sentence.end and _goes_on(reading, sites, end):
            pending, measured = measured, []
        last = next((one for one in reversed(out) if one.kind == "lesion"), whole.last)
        found = _stretch(LesionStretch(reading, sentence, start, end, here, last, bare), measured)
        out += found
        if here:
            bare = () if found else _lumps(reading, here, start, end)
    return _merged(out), bare


def _lumps(reading: TokenisedNote, sites: tuple[PhraseHit, ...], start: int, end: int) -> tuple[PhraseHit, ...]:
    return tuple(site for site in sites if site.code not in PRIMARY) if LUMP.search(reading.lower, start, end) else ()


def _chunks(reading: TokenisedNote, sentence: NoteSentence) -> Iterator[tuple[int, int]]:
    start = sentence.start
    for match in CHUNK.finditer(reading.lower, sentence.start, sentence.end):
        yield start, match.start()
        start = match.start()
    yield start, sentence.end


def _goes_on(reading: TokenisedNote, sites: Iterable[PhraseHit], place: int) -> bool:
    """`a large 7 cm lobulated, presternal lesion`: the site comes after the comma."""
    return any(0 <= site.start - place <= 6 for site in sites) and not re.match(
        r"\s*(?:and|with)\b", reading.lower[place + 1 : place + 8]
    )


def _sites(reading: TokenisedNote, sentence: NoteSentence, more: list[PhraseHit]) -> tuple[PhraseHit, ...]:
    named = reading.within(sentence, "lesion_site")
    terms = [_node(reading, term) for term in named if not _is_other(reading, sentence, term)]
    return tuple(sorted([*terms, *more], key=lambda term: term.start))


def _node(reading: TokenisedNote, term: PhraseHit) -> PhraseHit:
    """`mediastinal and hilar lymph nodes`, `nodes in the upper mediastinum` are nodes."""
    if term.code != "mediastinum":
        return term
    after, before = reading.near(term.end, term.end, 0, 40), reading.near(term.start, term.start, 40)
    is_node = NODES_AFTER.match(after) or NODES_BEFORE.search(before)
    return term._replace(code="lymph_node_mediastinal") if is_node else term


def _is_other(reading: TokenisedNote, sentence: NoteSentence, term: PhraseHit) -> bool:
    """A scan, an operation or a function of an organ is no lesion in it."""
    after = reading.lower[term.end : min(sentence.end, term.end + 40)]
    before = reading.lower[max(sentence.start, term.start - 40) : term.start]
    if "metasta" in reading.lower[term.start : term.end]:
        return False
    return bool(NO_LESION_AFTER.match(after) or NO_LESION_BEFORE.search(before))


def _stretch(stretch: LesionStretch, measured: list[WrittenSize]) -> list[Mention]:
    if not stretch.sites and not measured:
        return []
    if BENIGN_IN_WORD.search(stretch.text) and not stretch.sure and "thyroglossal" not in stretch.text:
        return []
    spots = [site for site in stretch.sites if site.code not in PRIMARY]
    out = [one for site in spots if (one := lesion_at(stretch, site)) is not None]
    for size in measured:
        attach(stretch, size, out)
    return out


def _merged(found: list[Mention]) -> list[Mention]:
    """Two mentions of one site in a sentence, one of them with its size, are one lesion."""
    sized = {one.value["site"] for one in found if one.kind == "lesion" and "size" in one.value}
    seen: set[object] = set()
    out = []
    for one in found:
        key = (one.value.get("site"), one.value.get("size"), one.value.get("status"), one.context, one.kind)
        plain = one.kind == "lesion" and "size" not in one.value and one.value["site"] in sized
        if key not in seen and not plain:
            seen.add(key)
            out.append(one)
    return out
