"""A site in a stretch of text as a lesion: metastasis, mere lump, suspected, removed, or none at all."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.lesions.implied_sites import is_involved_node_count, is_node_count
from extraction.recognise.lesions.lesion_patterns import (
    CLAUSE_VERB,
    CONFIRMED_BY_BIOPSY,
    DENIED_AFTER,
    KNOWN_DISEASE_WORD,
    LUMP_WORD,
    MALIGNANT_WORD,
    MULTIPLE_WORD,
    NODE_SURGERY,
    NOT_RESECTED,
    RESECTION_WORD,
    SITES_NEEDING_METASTASIS,
    SUBCENTIMETRE_WORD,
    SUSPICIOUS_WORD,
)
from extraction.recognise.lesions.sizes import WrittenSize
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote

METASTASIS_WORD = re.compile(r"metasta|mets\b|secondar|deposit")
LIST_WORDS = re.compile(
    r"[\s,;:/&()-]*(?:(?:and|or|the|both|left|right|bilateral|to|in|into|as well as|several)[\s,/&()-]*)*"
)
DENIABLE_PREFIXES = ("metasta", "met", "deposit", "spread", "involve", "second", "carcinom", "implant", "dissemin")


@dataclass(frozen=True)
class LesionClause:
    """A piece between commas. `last` is the lesion named before; `bare` are sites named before as mere lumps."""

    note: TokenisedNote
    sentence: NoteSentence
    start: int
    end: int
    sites: tuple[PhraseHit, ...]
    previous: Mention | None = None
    lump_sites: tuple[PhraseHit, ...] = ()

    @cached_property
    def text(self) -> str:
        """The stretch in small letters."""
        return self.note.lower[self.start : self.end]

    @cached_property
    def sentence_text(self) -> str:
        """Its sentence in small letters."""
        return self.note.lower[self.sentence.start : self.sentence.end]

    @cached_property
    def is_malignant(self) -> bool:
        """Whether a word of malignancy stands in it."""
        return MALIGNANT_WORD.search(self.text) is not None

    @cached_property
    def is_sentence_malignant(self) -> bool:
        """Whether a word of malignancy stands in its sentence."""
        return MALIGNANT_WORD.search(self.sentence_text) is not None


def lesion_at(clause: LesionClause, site: PhraseHit) -> Mention | None:
    """A site with a word of malignancy in its clause, or in its sentence where a list goes on."""
    words = clause.note.lower[site.start : site.end]
    if DENIED_AFTER.match(clause.note.lower[site.end : site.end + 40]):
        return None
    if site.code in SITES_NEEDING_METASTASIS and not METASTASIS_WORD.search(clause.text + words):
        return None
    if (last := _lesion_of_list(clause, site)) is not None:
        found = lesion_mention(clause, site, last.rule, None)
        return replace(found, value={**found.value, "status": last.value["status"]}, certainty=last.certainty)
    sure = _is_malignant(clause, site)
    if not sure and not (LUMP_WORD.search(clause.text) and SUSPICIOUS_WORD.search(clause.text)):
        return None
    found = lesion_mention(clause, site, "lesions.site", None)
    if not sure and not KNOWN_DISEASE_WORD.search(clause.text):
        rule = "lesions.plain" if found.value["status"] == "current" else found.rule
        return replace(found, value={**found.value, "status": "suspected"}, rule=rule, certainty="uncertain")
    return found


def _lesion_of_list(clause: LesionClause, site: PhraseHit) -> Mention | None:
    """`hypermetabolic lesions in the lungs, the liver and T5`: the lesion that the list began with."""
    last = clause.previous
    if last is None or not clause.sentence.start <= last.start < clause.start or last.value["status"] == "resected":
        return None
    return last if site.code not in SITES_NEEDING_METASTASIS and _continues_list(clause, site) else None


def _is_malignant(clause: LesionClause, site: PhraseHit) -> bool:
    text, lower = clause.text, clause.note.lower
    if (
        clause.is_malignant
        or MALIGNANT_WORD.search(lower, site.start, site.end)
        or is_involved_node_count(clause.note, site)
    ):
        return True
    if LUMP_WORD.search(text) and CONFIRMED_BY_BIOPSY.search(clause.sentence_text):
        return True
    if clause.is_sentence_malignant and _continues_list(clause, site):
        return True
    rest = MALIGNANT_WORD.search(lower, site.end, min(clause.sentence.end, site.end + 60))
    between = lower[site.end : rest.start()] if rest else "."
    return bool(re.fullmatch(r"(?:[\s,/&-]|\b(?:and|or|\w+)\b)*", between)) and not CLAUSE_VERB.search(between)


def _continues_list(clause: LesionClause, site: PhraseHit) -> bool:
    """`metastatic to lungs, liver and brain`: nothing but other sites since the stretch began."""
    place, between = clause.start, ""
    for other in clause.sites:
        if other.start >= site.start:
            break
        between += clause.note.lower[place : other.start] + " "
        place = max(place, other.end)
    between += clause.note.lower[place : site.start]
    return LIST_WORDS.fullmatch(between) is not None


def lesion_mention(clause: LesionClause, site: PhraseHit, rule: str, size: WrittenSize | None) -> Mention:
    """A lesion at a site, with what the words around it say of its status."""
    note, start, end = clause.note, site.start, site.end
    context = context_of(note, start, end, "historical", "planned")
    categories = context.categories | _metastasis_context(clause, start)
    near = note.text_near(start, end, 60, 60)
    status = "resected" if _is_resected(site.code, near) or is_node_count(note, site) else "current"
    if "uncertain" in categories:
        status = "suspected"
    value: dict[str, object] = {"site": site.code, "status": status}
    if size is not None:
        value["size"] = size.written
    elif SUBCENTIMETRE_WORD.search(note.text_near(start, end, 45, 45)):
        value["size"] = "<10 mm"
    value["many"] = bool(MULTIPLE_WORD.search(note.text_near(start, end, 40, 10)))
    also = ((size.start, size.end),) if size else ()
    certainty = "uncertain" if status == "suspected" else "stated"
    return Mention(
        "lesion", value, start, end, rule, frozenset(categories - {"uncertain"}), context.cue, certainty, also
    )


def _metastasis_context(clause: LesionClause, start: int) -> frozenset[str]:
    """What is doubted or denied of the word metastasis is doubted or denied of the lesion."""
    malignant = [term for term in clause.note.hits_in(clause.sentence, "malignant") if abs(term.start - start) < 70]
    if not malignant:
        return frozenset()
    nearest = min(malignant, key=lambda term: abs(term.start - start))
    said = context_of(clause.note, nearest.start, nearest.end).categories & {"uncertain", "negated"}
    if not clause.note.lower[nearest.start : nearest.end].startswith(DENIABLE_PREFIXES):
        said -= {"negated"}
    return said if abs(nearest.start - start) < 45 or "negated" in said else frozenset()


def _is_resected(code: str, near: str) -> bool:
    if NOT_RESECTED.search(near):
        return False
    return bool((NODE_SURGERY if code.startswith("lymph_node") else RESECTION_WORD).search(near))
