"""A site in a stretch of text as a lesion: metastasis, mere lump, suspected, removed, or none at all."""

import re
from dataclasses import dataclass, replace
from functools import cached_property

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.lesions.implied_sites import is_counted, is_involved
from extraction.recognise.lesions.lesion_patterns import (
    CONFIRMED,
    DENIED_AFTER,
    KNOWN,
    LUMP,
    MANY,
    NODE_SURGERY,
    NOT_RESECTED,
    REMARKABLE,
    RESECTED,
    SILENT,
    SMALL,
    SURE,
    VERB,
)
from extraction.recognise.lesions.sizes import WrittenSize
from extraction.tokenised_note import NoteSentence, PhraseHit, TokenisedNote

WORD_OF_SPREAD = re.compile(r"metasta|mets\b|secondar|deposit")
LIST_WORDS = re.compile(
    r"[\s,;:/&()-]*(?:(?:and|or|the|both|left|right|bilateral|to|in|into|as well as|several)[\s,/&()-]*)*"
)
LUMP_ITSELF = ("metasta", "met", "deposit", "spread", "involve", "second", "carcinom", "implant", "dissemin")


@dataclass(frozen=True)
class LesionStretch:
    """A piece between commas. `last` is the lesion named before; `bare` are sites named before as mere lumps."""

    reading: TokenisedNote
    sentence: NoteSentence
    start: int
    end: int
    sites: tuple[PhraseHit, ...]
    last: Mention | None = None
    bare: tuple[PhraseHit, ...] = ()

    @cached_property
    def text(self) -> str:
        """The stretch in small letters."""
        return self.reading.lower[self.start : self.end]

    @cached_property
    def around(self) -> str:
        """Its sentence in small letters."""
        return self.reading.lower[self.sentence.start : self.sentence.end]

    @cached_property
    def sure(self) -> bool:
        """Whether a word of malignancy stands in it."""
        return SURE.search(self.text) is not None

    @cached_property
    def sure_around(self) -> bool:
        """Whether a word of malignancy stands in its sentence."""
        return SURE.search(self.around) is not None


def lesion_at(stretch: LesionStretch, site: PhraseHit) -> Mention | None:
    """A site with a word of malignancy in its stretch, or in its sentence where a list goes on."""
    words = stretch.reading.lower[site.start : site.end]
    if DENIED_AFTER.match(stretch.reading.lower[site.end : site.end + 40]):
        return None
    if site.code in SILENT and not WORD_OF_SPREAD.search(stretch.text + words):
        return None
    if (last := _same_list(stretch, site)) is not None:
        found = finding_at(stretch, site, last.rule, None)
        return replace(found, value={**found.value, "status": last.value["status"]}, certainty=last.certainty)
    sure = _is_malignant(stretch, site)
    if not sure and not (LUMP.search(stretch.text) and REMARKABLE.search(stretch.text)):
        return None
    found = finding_at(stretch, site, "lesions.site", None)
    if not sure and not KNOWN.search(stretch.text):
        rule = "lesions.plain" if found.value["status"] == "current" else found.rule
        return replace(found, value={**found.value, "status": "suspected"}, rule=rule, certainty="uncertain")
    return found


def _same_list(stretch: LesionStretch, site: PhraseHit) -> Mention | None:
    """`hypermetabolic lesions in the lungs, the liver and T5`: the lesion that the list began with."""
    last = stretch.last
    if last is None or not stretch.sentence.start <= last.start < stretch.start or last.value["status"] == "resected":
        return None
    return last if site.code not in SILENT and _goes_on_list(stretch, site) else None


def _is_malignant(stretch: LesionStretch, site: PhraseHit) -> bool:
    text, lower = stretch.text, stretch.reading.lower
    if stretch.sure or SURE.search(lower, site.start, site.end) or is_involved(stretch.reading, site):
        return True
    if LUMP.search(text) and CONFIRMED.search(stretch.around):
        return True
    if stretch.sure_around and _goes_on_list(stretch, site):
        return True
    rest = SURE.search(lower, site.end, min(stretch.sentence.end, site.end + 60))
    between = lower[site.end : rest.start()] if rest else "."
    return bool(re.fullmatch(r"(?:[\s,/&-]|\b(?:and|or|\w+)\b)*", between)) and not VERB.search(between)


def _goes_on_list(stretch: LesionStretch, site: PhraseHit) -> bool:
    """`metastatic to lungs, liver and brain`: nothing but other sites since the stretch began."""
    place, between = stretch.start, ""
    for other in stretch.sites:
        if other.start >= site.start:
            break
        between += stretch.reading.lower[place : other.start] + " "
        place = max(place, other.end)
    between += stretch.reading.lower[place : site.start]
    return LIST_WORDS.fullmatch(between) is not None


def finding_at(stretch: LesionStretch, site: PhraseHit, rule: str, size: WrittenSize | None) -> Mention:
    """A lesion at a site, with what the words around it say of its status."""
    reading, start, end = stretch.reading, site.start, site.end
    context = context_of(reading, start, end, "historical", "planned")
    categories = context.categories | _said_of_metastasis(stretch, start)
    near = reading.near(start, end, 60, 60)
    status = "resected" if _is_resected(site.code, near) or is_counted(reading, site) else "current"
    if "uncertain" in categories:
        status = "suspected"
    value: dict[str, object] = {"site": site.code, "status": status}
    if size is not None:
        value["size"] = size.written
    elif SMALL.search(reading.near(start, end, 45, 45)):
        value["size"] = "<10 mm"
    value["many"] = bool(MANY.search(reading.near(start, end, 40, 10)))
    also = ((size.start, size.end),) if size else ()
    certainty = "uncertain" if status == "suspected" else "stated"
    return Mention(
        "lesion", value, start, end, rule, frozenset(categories - {"uncertain"}), context.cue, certainty, also
    )


def _said_of_metastasis(stretch: LesionStretch, start: int) -> frozenset[str]:
    """What is doubted or denied of the word metastasis is doubted or denied of the lesion."""
    malignant = [term for term in stretch.reading.within(stretch.sentence, "malignant") if abs(term.start - start) < 70]
    if not malignant:
        return frozenset()
    nearest = min(malignant, key=lambda term: abs(term.start - start))
    said = context_of(stretch.reading, nearest.start, nearest.end).categories & {"uncertain", "negated"}
    if not stretch.reading.lower[nearest.start : nearest.end].startswith(LUMP_ITSELF):
        said -= {"negated"}
    return said if abs(nearest.start - start) < 45 or "negated" in said else frozenset()


def _is_resected(code: str, near: str) -> bool:
    if NOT_RESECTED.search(near):
        return False
    return bool((NODE_SURGERY if code.startswith("lymph_node") else RESECTED).search(near))
