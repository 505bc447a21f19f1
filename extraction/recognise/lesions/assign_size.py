"""Which lesion a size belongs to: the one of its stretch, the primary, or the one named before."""

import re
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.recognise.lesions.lesion_at_site import LesionStretch, finding_at
from extraction.recognise.lesions.lesion_patterns import KNOWN, LARGEST, PRIMARY, SILENT, SPREAD, THYROID_TUMOUR
from extraction.recognise.lesions.sizes import WrittenSize
from extraction.tokenised_note import PhraseHit

NOTHING_ELSE = re.compile(
    r"[\s,;:(]*(?:(?:and|the|a|an|with|in|maximum|maximal|max\.?|up to|about|approx\w*\.?|largest|measuring|"
    r"measured|diameter|"
    r"focus|size|of)\b[\s(:]*)*"
)

OWN_NAME = re.compile(
    r"\s*(?:\w+\s+){0,2}?thyroid\s+(?:mass|nodule|tumou?r|lesion)\b|"
    r"\s*(?:(?:focus|foci|nodule|mass|tumou?r|lesion)\s+of\s+)?(?:(?:classic\w*|encapsulated|invasive|minimally|widely|unifocal|multifocal|well|poorly|differentiated|tall|cell|"
    r"conventional)[\s-]+)*(?:papillary|follicular|medullary|oncocytic|h(?:ü|u|"
    r"ue)rthle[- ]cell)\s+(?:thyroid\s+)?(?:micro)?"
    r"(?:carcinoma|cancer|tumou?r|adenoma)\b(?!\s+(?:metasta|deposit|recurren))"
)
MASS_IN = re.compile(
    r"\s*(?:(?:solid|hypoechoic|firm|large|hard|thyroid|calcified)\s+)*(?:mass|nodule|tumou?r|lesion|carcinoma|cancer|focus)\s+"
    r"(?:in|of|within|involving|occupying|replacing)\s+(?:(?:the|her|his|entire|whole)\s+)*"
)
MEASURE = re.compile(r"\d[\d.,]*\s*(?:x|\*|mm|cm)")
ASIDE = re.compile(r"\([^()]*\)|\b(?:no|without)\b.*")
"""What is denied or said by the way is not what is measured."""

OF_TUMOUR = re.compile(r"(?<!metastatic )(?:carcinoma|cancer|[pfm]tc|microcarcinoma)\s*(?:\([^()]{0,25}\))?\s*$")


def attach(stretch: LesionStretch, size: WrittenSize, out: list[Mention]) -> None:
    """Add the size to the lesion of its stretch, else to the primary, else to what was named before."""
    lesions = [one for one in out if one.kind == "lesion"]
    spots = [site for site in stretch.sites if site.code not in PRIMARY]
    if OWN_NAME.match(stretch.reading.lower, size.end) or _beside_primary(stretch, size, spots):
        out.append(_primary(stretch, size))
    elif lesions:
        nearest = min(lesions, key=lambda one: min(abs(one.start - size.end), abs(size.start - one.end)))
        _give(out, nearest, size)
    elif spots and stretch.reading.within(stretch.sentence, "lump"):
        out += _measured(stretch, size, spots)
    elif _is_primary(stretch):
        out.append(_primary(stretch, size))
    elif stretch.last is not None and (more := _of_last(stretch, size, stretch.last)) is not None:
        out.append(more)
    elif stretch.bare and LARGEST.search(stretch.text):
        out += _measured(stretch, size, list(stretch.bare))


def _beside_primary(stretch: LesionStretch, size: WrittenSize, spots: list[PhraseHit]) -> bool:
    """`a 4.2 cm mass in the right thyroid lobe and lytic lesions in L2`: the thyroid stands nearer than others."""
    own = [site for site in stretch.sites if site.code in PRIMARY]
    if not own or not spots or not MASS_IN.fullmatch(stretch.reading.lower, size.end, max(size.end, own[0].start)):
        return False
    return min(_distance(site, size) for site in own) < min(_distance(site, size) for site in spots)


def _distance(site: PhraseHit, size: WrittenSize) -> int:
    return min(abs(site.start - size.end), abs(size.start - site.end))


def _measured(stretch: LesionStretch, size: WrittenSize, spots: list[PhraseHit]) -> list[Mention]:
    """A measured lump at a site. Without a word that tells what it is, it is suspected."""
    site = min(spots, key=lambda one: min(abs(one.start - size.end), abs(size.start - one.end)))
    if site.code in SILENT:
        return []
    one = finding_at(stretch, site, "lesions.measured", size)
    if one.value["status"] == "suspected":
        return [replace(one, rule="lesions.doubted")]
    if KNOWN.search(stretch.around) or one.value["status"] == "resected":
        return [one]
    return [replace(one, value={**one.value, "status": "suspected"}, certainty="uncertain")]


def _of_last(stretch: LesionStretch, size: WrittenSize, last: Mention) -> Mention | None:
    if last.value.get("size", "<10 mm") == "<10 mm" and (
        LARGEST.search(stretch.around) or _stands_alone(stretch, size)
    ):
        return replace(last, value={**last.value, "size": size.written}, also=(*last.also, (size.start, size.end)))
    if LARGEST.search(stretch.text) or _stands_alone(stretch, size):
        value = {**last.value, "size": size.written}
        return replace(last, value=value, start=size.start, end=size.end, rule="lesions.series")
    return None


def _stands_alone(stretch: LesionStretch, size: WrittenSize) -> bool:
    """`recurrence in the thyroid bed, 17 mm`: nothing in the stretch but the size."""
    return NOTHING_ELSE.fullmatch(stretch.reading.lower, stretch.start, size.start) is not None


def _give(out: list[Mention], one: Mention, size: WrittenSize) -> None:
    """A second size of one mention is a second lesion of the same site."""
    place = out.index(one)
    if "size" in one.value and one.value["size"] != "<10 mm":
        out.append(replace(one, value={**one.value, "size": size.written}, also=((size.start, size.end),)))
    else:
        out[place] = replace(one, value={**one.value, "size": size.written}, also=(*one.also, (size.start, size.end)))


def _is_primary(stretch: LesionStretch) -> bool:
    if SPREAD.search(ASIDE.sub("", stretch.text)):
        return False
    if _follows_tumour(stretch):
        return True
    return bool(
        THYROID_TUMOUR.search(stretch.text)
        or (THYROID_TUMOUR.search(stretch.around) and not SPREAD.search(stretch.around) and not stretch.bare)
        or any(site.code in PRIMARY for site in stretch.sites)
    )


def _follows_tumour(stretch: LesionStretch) -> bool:
    """`papillary carcinoma, 1.2 cm, with 14 metastatic nodes`: the size alone, right after the name of the tumour."""
    measure = MEASURE.search(stretch.text)
    alone = measure is not None and NOTHING_ELSE.fullmatch(stretch.text[: measure.start()]) is not None
    return alone and OF_TUMOUR.search(stretch.reading.lower, max(0, stretch.start - 45), stretch.start) is not None


def _primary(stretch: LesionStretch, size: WrittenSize) -> Mention:
    context = context_of(stretch.reading, size.start, size.end, "historical", "planned", "uncertain")
    return Mention(
        "primary",
        {"size": size.written, "mm": str(size.largest_mm)},
        size.start,
        size.end,
        "lesions.primary",
        context.categories,
        context.cue,
    )
