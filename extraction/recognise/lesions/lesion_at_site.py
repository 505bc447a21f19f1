"""Recognises a lesion at a site: metastasis or lump; current, suspected or resected; or no lesion at all."""

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
    """A part of a sentence between commas.

    `previous` is the lesion mentioned before; `lump_sites` are sites mentioned before as lumps, not as metastases.
    """

    note: TokenisedNote
    sentence: NoteSentence
    start: int
    end: int
    sites: tuple[PhraseHit, ...]
    previous: Mention | None = None
    lump_sites: tuple[PhraseHit, ...] = ()

    @cached_property
    def text(self) -> str:
        """The clause in lower case."""
        return self.note.lower[self.start : self.end]

    @cached_property
    def sentence_text(self) -> str:
        """Its sentence in lower case."""
        return self.note.lower[self.sentence.start : self.sentence.end]

    @cached_property
    def is_malignant(self) -> bool:
        """Whether it contains a word of malignancy."""
        return MALIGNANT_WORD.search(self.text) is not None

    @cached_property
    def is_sentence_malignant(self) -> bool:
        """Whether its sentence contains a word of malignancy."""
        return MALIGNANT_WORD.search(self.sentence_text) is not None


def lesion_at(clause: LesionClause, site: PhraseHit) -> Mention | None:
    """Return the lesion at a site with a word of malignancy in its clause or in the list it belongs to."""
    words = clause.note.lower[site.start : site.end]
    if DENIED_AFTER.match(clause.note.lower[site.end : site.end + 40]):
        return None
    if site.code in SITES_NEEDING_METASTASIS and not METASTASIS_WORD.search(clause.text + words):
        return None
    if (listed := _lesion_of_list(clause, site)) is not None:
        lesion = lesion_mention(clause, site, listed.rule, None)
        return replace(lesion, value={**lesion.value, "status": listed.value["status"]}, certainty=listed.certainty)
    is_malignant = _is_malignant(clause, site)
    if not is_malignant and not (LUMP_WORD.search(clause.text) and SUSPICIOUS_WORD.search(clause.text)):
        return None
    lesion = lesion_mention(clause, site, "lesions.site", None)
    if not is_malignant and not KNOWN_DISEASE_WORD.search(clause.text):
        rule = "lesions.plain" if lesion.value["status"] == "current" else lesion.rule
        return replace(lesion, value={**lesion.value, "status": "suspected"}, rule=rule, certainty="uncertain")
    return lesion


def _lesion_of_list(clause: LesionClause, site: PhraseHit) -> Mention | None:
    """Return the lesion that began the list: `hypermetabolic lesions in the lungs, the liver and T5`."""
    previous = clause.previous
    if (
        previous is None
        or not clause.sentence.start <= previous.start < clause.start
        or previous.value["status"] == "resected"
    ):
        return None
    return previous if site.code not in SITES_NEEDING_METASTASIS and _continues_list(clause, site) else None


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
    malignant_word = MALIGNANT_WORD.search(lower, site.end, min(clause.sentence.end, site.end + 60))
    between = lower[site.end : malignant_word.start()] if malignant_word else "."
    return bool(re.fullmatch(r"(?:[\s,/&-]|\b(?:and|or|\w+)\b)*", between)) and not CLAUSE_VERB.search(between)


def _continues_list(clause: LesionClause, site: PhraseHit) -> bool:
    """Whether the clause has only sites up to this site: `metastatic to lungs, liver and brain`."""
    offset, between = clause.start, ""
    for other in clause.sites:
        if other.start >= site.start:
            break
        between += clause.note.lower[offset : other.start] + " "
        offset = max(offset, other.end)
    between += clause.note.lower[offset : site.start]
    return LIST_WORDS.fullmatch(between) is not None


def lesion_mention(clause: LesionClause, site: PhraseHit, rule: str, size: WrittenSize | None) -> Mention:
    """Return a lesion at a site, with the status that the words around it give."""
    note, start, end = clause.note, site.start, site.end
    context = context_of(note, start, end, "historical", "planned")
    categories = context.categories | _metastasis_context(clause, start)
    nearby = note.text_near(start, end, 60, 60)
    status = "resected" if _is_resected(site.code, nearby) or is_node_count(note, site) else "current"
    if "uncertain" in categories:
        status = "suspected"
    value: dict[str, object] = {"site": site.code, "status": status}
    if size is not None:
        value["size"] = size.written
    elif SUBCENTIMETRE_WORD.search(note.text_near(start, end, 45, 45)):
        value["size"] = "<10 mm"
    value["many"] = bool(MULTIPLE_WORD.search(note.text_near(start, end, 40, 10)))
    more_spans = ((size.start, size.end),) if size else ()
    certainty = "uncertain" if status == "suspected" else "stated"
    return Mention(
        "lesion", value, start, end, rule, frozenset(categories - {"uncertain"}), context.cue, certainty, more_spans
    )


def _metastasis_context(clause: LesionClause, start: int) -> frozenset[str]:
    """Return the doubt or negation that applies to the nearest word of malignancy, and so to the lesion."""
    malignant = [hit for hit in clause.note.hits_in(clause.sentence, "malignant") if abs(hit.start - start) < 70]
    if not malignant:
        return frozenset()
    nearest = min(malignant, key=lambda hit: abs(hit.start - start))
    categories = context_of(clause.note, nearest.start, nearest.end).categories & {"uncertain", "negated"}
    if not clause.note.lower[nearest.start : nearest.end].startswith(DENIABLE_PREFIXES):
        categories -= {"negated"}
    return categories if abs(nearest.start - start) < 45 or "negated" in categories else frozenset()


def _is_resected(code: str, nearby: str) -> bool:
    if NOT_RESECTED.search(nearby):
        return False
    return bool((NODE_SURGERY if code.startswith("lymph_node") else RESECTION_WORD).search(nearby))
