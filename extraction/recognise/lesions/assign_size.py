"""Assigns a size to a lesion: the lesion of its clause, the primary, or the lesion mentioned before."""

import re
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.lesions.lesion_at_site import LesionClause, lesion_mention
from extraction.recognise.lesions.lesion_patterns import (
    KNOWN_DISEASE_WORD,
    MEASURED_WORD,
    PRIMARY_SITES,
    SITES_NEEDING_METASTASIS,
    SPREAD_WORD,
    THYROID_TUMOUR,
)
from extraction.recognise.lesions.sizes import WrittenSize
from extraction.tokenised_note import PhraseHit

SIZE_WORDS_ONLY = re.compile(
    r"[\s,;:(]*(?:(?:and|the|a|an|with|in|maximum|maximal|max\.?|up to|about|approx\w*\.?|largest|measuring|"
    r"measured|diameter|"
    r"focus|size|of)\b[\s(:]*)*"
)

PRIMARY_NAME_AFTER = re.compile(
    r"\s*(?:\w+\s+){0,2}?thyroid\s+(?:mass|nodule|tumou?r|lesion)\b|"
    r"\s*(?:(?:focus|foci|nodule|mass|tumou?r|lesion)\s+of\s+)?(?:(?:classic\w*|encapsulated|invasive|minimally|widely|unifocal|multifocal|well|poorly|differentiated|tall|cell|"
    r"conventional)[\s-]+)*(?:papillary|follicular|medullary|oncocytic|h(?:ü|u|"
    r"ue)rthle[- ]cell)\s+(?:thyroid\s+)?(?:micro)?"
    r"(?:carcinoma|cancer|tumou?r|adenoma)\b(?!\s+(?:metasta|deposit|recurren))"
)
MASS_IN_ORGAN = re.compile(
    r"\s*(?:(?:solid|hypoechoic|firm|large|hard|thyroid|calcified)\s+)*(?:mass|nodule|tumou?r|lesion|carcinoma|cancer|focus)\s+"
    r"(?:in|of|within|involving|occupying|replacing)\s+(?:(?:the|her|his|entire|whole)\s+)*"
)
MEASUREMENT = re.compile(r"\d[\d.,]*\s*(?:x|\*|mm|cm)")
PARENTHESIS_OR_DENIAL = re.compile(r"\([^()]*\)|\b(?:no|without)\b.*")
"""Parentheses and negated parts, which are not what was measured."""

TUMOUR_BEFORE = re.compile(r"(?<!metastatic )(?:carcinoma|cancer|[pfm]tc|microcarcinoma)\s*(?:\([^()]{0,25}\))?\s*$")


def assign_size(clause: LesionClause, size: WrittenSize, mentions: list[Mention]) -> None:
    """Add the size to the lesion of its clause, else to the primary, else to the lesion mentioned before."""
    lesions = [lesion for lesion in mentions if lesion.kind == "lesion"]
    sites = [site for site in clause.sites if site.code not in PRIMARY_SITES]
    if PRIMARY_NAME_AFTER.match(clause.note.lower, size.end) or _is_nearer_to_primary(clause, size, sites):
        mentions.append(_primary_mention(clause, size))
    elif lesions:
        nearest = min(lesions, key=lambda lesion: _distance(lesion, size))
        _set_size(mentions, nearest, size)
    elif sites and clause.note.hits_in(clause.sentence, "lump"):
        mentions += _measured_lump(clause, size, sites)
    elif _is_primary(clause):
        mentions.append(_primary_mention(clause, size))
    elif (
        clause.previous is not None
        and (earlier := _earlier_lesion_with_size(clause, size, clause.previous)) is not None
    ):
        mentions.append(earlier)
    elif clause.lump_sites and MEASURED_WORD.search(clause.text):
        mentions += _measured_lump(clause, size, list(clause.lump_sites))


def _is_nearer_to_primary(clause: LesionClause, size: WrittenSize, sites: list[PhraseHit]) -> bool:
    """Whether the thyroid is the nearest site: `a 4.2 cm mass in the right thyroid lobe and lytic lesions in L2`."""
    primary_sites = [site for site in clause.sites if site.code in PRIMARY_SITES]
    if (
        not primary_sites
        or not sites
        or not MASS_IN_ORGAN.fullmatch(clause.note.lower, size.end, max(size.end, primary_sites[0].start))
    ):
        return False
    return min(_distance(site, size) for site in primary_sites) < min(_distance(site, size) for site in sites)


def _distance(span: PhraseHit | Mention, size: WrittenSize) -> int:
    return min(abs(span.start - size.end), abs(size.start - span.end))


def _measured_lump(clause: LesionClause, size: WrittenSize, sites: list[PhraseHit]) -> list[Mention]:
    """Return a measured lump at a site, suspected unless a word says that it is malignant."""
    site = min(sites, key=lambda candidate: _distance(candidate, size))
    if site.code in SITES_NEEDING_METASTASIS:
        return []
    lesion = lesion_mention(clause, site, "lesions.measured", size)
    if lesion.value["status"] == "suspected":
        return [replace(lesion, rule="lesions.doubted")]
    if KNOWN_DISEASE_WORD.search(clause.sentence_text) or lesion.value["status"] == "resected":
        return [lesion]
    return [replace(lesion, value={**lesion.value, "status": "suspected"}, certainty="uncertain")]


def _earlier_lesion_with_size(clause: LesionClause, size: WrittenSize, lesion: Mention) -> Mention | None:
    if lesion.value.get("size", "<10 mm") == "<10 mm" and (
        MEASURED_WORD.search(clause.sentence_text) or _is_size_alone(clause, size)
    ):
        return replace(
            lesion,
            value={**lesion.value, "size": size.written},
            more_spans=(*lesion.more_spans, (size.start, size.end)),
        )
    if MEASURED_WORD.search(clause.text) or _is_size_alone(clause, size):
        value = {**lesion.value, "size": size.written}
        return replace(lesion, value=value, start=size.start, end=size.end, rule="lesions.series")
    return None


def _is_size_alone(clause: LesionClause, size: WrittenSize) -> bool:
    """Whether the clause has only a size: `recurrence in the thyroid bed, 17 mm`."""
    return SIZE_WORDS_ONLY.fullmatch(clause.note.lower, clause.start, size.start) is not None


def _set_size(mentions: list[Mention], lesion: Mention, size: WrittenSize) -> None:
    """Set the size of a lesion; a second size of one mention is a second lesion at the same site."""
    index = mentions.index(lesion)
    if "size" in lesion.value and lesion.value["size"] != "<10 mm":
        mentions.append(
            replace(lesion, value={**lesion.value, "size": size.written}, more_spans=((size.start, size.end),))
        )
    else:
        mentions[index] = replace(
            lesion,
            value={**lesion.value, "size": size.written},
            more_spans=(*lesion.more_spans, (size.start, size.end)),
        )


def _is_primary(clause: LesionClause) -> bool:
    if SPREAD_WORD.search(PARENTHESIS_OR_DENIAL.sub("", clause.text)):
        return False
    if _follows_tumour(clause):
        return True
    return bool(
        THYROID_TUMOUR.search(clause.text)
        or (
            THYROID_TUMOUR.search(clause.sentence_text)
            and not SPREAD_WORD.search(clause.sentence_text)
            and not clause.lump_sites
        )
        or any(site.code in PRIMARY_SITES for site in clause.sites)
    )


def _follows_tumour(clause: LesionClause) -> bool:
    """Whether a size directly follows the tumour: `papillary carcinoma, 1.2 cm, with 14 metastatic nodes`."""
    measure = MEASUREMENT.search(clause.text)
    alone = measure is not None and SIZE_WORDS_ONLY.fullmatch(clause.text[: measure.start()]) is not None
    return alone and TUMOUR_BEFORE.search(clause.note.lower, max(0, clause.start - 45), clause.start) is not None


def _primary_mention(clause: LesionClause, size: WrittenSize) -> Mention:
    context = context_of(clause.note, size.start, size.end, "historical", "planned", "uncertain")
    return Mention(
        "primary",
        {"size": size.written, "mm": str(size.largest_mm)},
        size.start,
        size.end,
        "lesions.primary",
        context.categories,
        context.cue,
    )
