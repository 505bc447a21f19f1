"""Finds sites that no vocabulary names: numbered vertebrae, counted lymph nodes, nodules on a chest scan."""

import re
from collections.abc import Iterator

from extraction.prefilter import matches_near
from extraction.tokenised_note import PhraseHit, TokenisedNote

# The boundary is checked after the first letter, which makes the search faster.
VERTEBRA = re.compile(r"[TLCS](?<!\w.)(?:(?<=T)[Hh])?\d{1,2}(?:\s?[-/]\s?(?:TH|Th|[TLCS])?\d{1,2})?\b(?!\s*N\d|N\d)")
SPINE_WORD = re.compile(r"\b(?:vertebra\w*|spine|spinal|metasta\w*|mets?|lytic|sclerotic|bone|osseous|body|sacr\w*)\b")
SOME_OF_TOTAL = r"(?!0)\d{1,3}\s*(?:/|of|out of)\s*\d{1,3}\)?"
INVOLVED_WORD = r"(?:positive|involved|metasta\w*|affected|infiltrated|pos\b)"
INVOLVED_NODES = re.compile(
    rf"\b{SOME_OF_TOTAL}\s*(?:(?:the|of|resected|removed|examined|sampled|dissected|cervical|central|lateral|regional|lymph)\s+)*"
    rf"(?:nodes|lns)\b\s*(?:were|was|are|contained|showed|with|had|:|,)?\s*{INVOLVED_WORD}|"
    rf"\b{SOME_OF_TOTAL}\s+{INVOLVED_WORD}\s+(?:[\w-]+\s+){{0,2}}?(?:nodes|lns)\b|"
    rf"\b(?:nodes|lns)\s*[:(]?\s*{SOME_OF_TOTAL}\s*(?:nodes )?(?:were |are )?{INVOLVED_WORD}|"
    rf"\b(?:metastatic|positive|involved)\s+(?:(?:central|lateral|cervical|neck|regional|mediastinal|lymph|perithyroidal)\s+)*"
    r"(?:nodes|lns)\b|\blns?\s?\+"
)
NONE_BEFORE = re.compile(r"\b(?:0|no|none)(?:\s*(?:/|of|out of)\s*\d{1,3})?\s*$")
NODE_COUNT = re.compile(SOME_OF_TOTAL)
NODE_SUBSTRINGS = ("node", "ln")
CHEST_NODULES = re.compile(
    r"\b(?:(?:chest|thorax|thoracic)[\s-]+(?:ct|computed tomograph\w+|x-?ray|radiograph\w*|scan|imaging)|"
    r"(?:ct|computed tomograph\w+|scan|x-?ray|radiograph\w*)(?: scan)? of (?:the |her |his )?(?:chest|"
    r"thorax))\b[^.;:]{0,50}?"
    r"\b(?P<what>(?:micro)?nodules)\b"
)
CHEST_SUBSTRINGS = ("chest", "thora")


def find_implied_sites(note: TokenisedNote) -> list[PhraseHit]:
    """Return such sites as hits of the site vocabulary, in the order of the text."""
    return sorted([*_vertebrae(note), *_involved_nodes(note), *_chest_nodules(note)], key=lambda hit: hit.start)


def _vertebrae(note: TokenisedNote) -> Iterator[PhraseHit]:
    for match in VERTEBRA.finditer(note.flat):
        if SPINE_WORD.search(note.text_near(match.start(), match.end(), 50, 40)):
            yield PhraseHit("lesion_site", "bone", match.start(), match.end())


def _involved_nodes(note: TokenisedNote) -> Iterator[PhraseHit]:
    for match in matches_near(note.lower, INVOLVED_NODES, NODE_SUBSTRINGS, 60, 50):
        none = NONE_BEFORE.search(note.text_near(match.start(), match.start(), 15))
        if not none and not _names_site(note, match.start(), match.end()):
            yield PhraseHit("lesion_site", "lymph_node", match.start(), match.end())


def _chest_nodules(note: TokenisedNote) -> Iterator[PhraseHit]:
    for match in matches_near(note.lower, CHEST_NODULES, CHEST_SUBSTRINGS, 40, 120):
        start, end = match.span("what")
        if not _names_site(note, max(match.start(), start - 30), end + 25):
            yield PhraseHit("lesion_site", "lung", start, end)


def _names_site(note: TokenisedNote, start: int, end: int) -> bool:
    """Whether the span contains a named site."""
    sites = note.hits_in(note.sentence_at(start), "lesion_site")
    return any(start <= site.start < end and site.code != "distant" for site in sites)


def is_node_count(note: TokenisedNote, site: PhraseHit) -> bool:
    """Whether a site is a node count of a pathologist: such nodes were resected."""
    return site.code == "lymph_node" and NODE_COUNT.search(note.lower, site.start, site.end) is not None


def is_involved_node_count(note: TokenisedNote, site: PhraseHit) -> bool:
    """Whether a site is a count of nodes that contained tumour."""
    return site.code == "lymph_node" and INVOLVED_NODES.match(note.lower, site.start, site.end) is not None
