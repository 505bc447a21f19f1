"""What later words say has become of lesions: removed, gone, or something else after all."""

import re
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import places
from extraction.recognise.lesions.lesion_patterns import NOT_RESECTED
from extraction.tokenised_note import NoteSentence, TokenisedNote

ANAPHORIC = re.compile(
    r"(?:\b(?:excision|resection|removal|extirpation)\s+of\s+(?:the|this|that|her|"
    r"his)\s+(?:entire\s+|whole\s+)?(?P<what>\w+)|\b(?:the|this|that|"
    r"both)\s+(?P<what2>\w+)\s+(?:was|were|has been|had been)\s+(?:\w+\s+)?(?:excised|resected|"
    r"removed|enucleated|extirpated))"
)
TAKEN_OUT = ("excis", "resect", "remov", "extirp", "enucl")
OPERATED = ("resection", "excision", "metastasectomy", "removal")
LUMPS = frozenset(
    "mass masses lesion lesions nodule nodules tumour tumor tumours tumors swelling metastasis "  # noqa: SIM905
    "metastases node nodes deposit recurrence".split()
)
RESOLVED = re.compile(
    r"\b(?:(?:has|have|had)\s+(?:completely |fully |almost completely |all |both |since |now )*(?:resolved|disappeared|"
    r"vanished|cleared)|(?:was|were|is|are) no longer (?:seen|visible|present|detect\w+)|no longer (?:seen|visible)|"
    r"resolved completely|(?:completely|fully) resolved|disappeared)\b"
)
RESOLUTION_OF = re.compile(
    r"\b(?:complete (?:resolution|disappearance|response|remission|regression)|disappearance|resolution) of\s+"
    r"(?:(?:the|all|both|his|her|multiple|known|these)\s+)*(?:\w+\s+)?$"
)
NODES_TAKEN = re.compile(
    r"\b(?:neck|node|nodal|lateral|compartment|level [iv]+[ab]?|cervical) (?:neck )?dissections?\b|\blymphadenectomy\b"
)
TO_COME = re.compile(r"\b(?:plan\w*|scheduled|recommend\w*|if|declined|refused|no|not|without|considered|proposed)\b")
PROVED_BENIGN = 90
"""Units: characters between `proved to be` and the benign diagnosis."""


def _is_node(one: Mention) -> bool:
    return str(one.value["site"]).startswith("lymph_node")


def taken_out(reading: TokenisedNote) -> list[int]:
    """Where a word of taking out stands."""
    return [start for start, _ in places(reading.lower, (*TAKEN_OUT, "dissect", "lymphadenec"))]


def resolved(reading: TokenisedNote, sentence: NoteSentence, found: list[Mention]) -> list[Mention]:
    """What this sentence says of lesions named before: removed, or something else after all."""
    if not found:
        return found
    if _proves_benign(reading, sentence):
        sites = {site.code for site in reading.within(sentence, "lesion_site")}
        return [_superseded(reading, one, sentence) if _is_doubtful(one, sites) else one for one in found]
    text = reading.lower[sentence.start : sentence.end]
    if NODES_TAKEN.search(text) and not TO_COME.search(text):
        found = [
            _became(one, "resected")
            if one.kind == "lesion" and _is_node(one) and one.value["status"] == "current"
            else one
            for one in found
        ]
    if operated := _operated_sites(reading, sentence):
        planned = (
            context_of(reading, sentence.start, sentence.end).categories & {"planned", "conditional"}
            or "planned" in text
        )
        found = [
            _became(one, "resected")
            if not planned
            and one.kind == "lesion"
            and one.value["site"] in operated
            and one.value["status"] == "current"
            else one
            for one in found
        ]
    match = ANAPHORIC.search(text) if any(word in text for word in TAKEN_OUT) else None
    what = (match["what"] or match["what2"]) if match else None
    if what in LUMPS and not NOT_RESECTED.search(text):
        last = found[-1]
        return [_became(one, "resected") if _same_place(one, last) else one for one in found]
    return found


def resolved_here(reading: TokenisedNote, sentence: NoteSentence, found: list[Mention]) -> list[Mention]:
    """`thought to have lung metastases, but biopsy showed sarcoidosis`, or `have resolved`, all in one sentence."""
    found = [_gone(reading, sentence, one) if one.start >= sentence.start else one for one in found]
    if not _proves_benign(reading, sentence):
        return found
    return [
        _superseded(reading, one, sentence) if one.start >= sentence.start and _is_doubtful(one, set()) else one
        for one in found
    ]


def _gone(reading: TokenisedNote, sentence: NoteSentence, one: Mention) -> Mention:
    if one.kind != "lesion":
        return one
    after = RESOLVED.search(reading.lower, one.end, min(sentence.end, one.end + 60))
    between = reading.lower[one.end : after.start()] if after else ";"
    before = RESOLUTION_OF.search(reading.lower, max(sentence.start, one.start - 70), one.start)
    if before or not re.search(r"[;,]|\b(?:but|while|whereas|and)\b", between):
        return _became(one, "resolved")
    return one


def _operated_sites(reading: TokenisedNote, sentence: NoteSentence) -> set[str]:
    """Sites with an operation on them: `chest wall resection`, `resection of the sternum`."""
    text = reading.lower
    here = text[sentence.start : sentence.end]
    if not any(word in here for word in OPERATED):
        return set()
    return {
        site.code
        for site in reading.within(sentence, "lesion_site")
        if re.match(r"\s*(?:resection|excision|metastasectomy)", text[site.end : site.end + 16])
        or re.search(
            r"(?:resection|excision|removal) of (?:the |a |her |his )?(?:\w+ )?$",
            text[max(sentence.start, site.start - 30) : site.start],
        )
    }


def _same_place(one: Mention, last: Mention) -> bool:
    return (
        one.kind == "lesion"
        and one.value["site"] == last.value.get("site")
        and one.value["status"] in ("current", "suspected")
    )


def _became(one: Mention, status: str) -> Mention:
    return replace(one, value={**one.value, "status": status}, certainty="stated")


def _proves_benign(reading: TokenisedNote, sentence: NoteSentence) -> bool:
    text, found = reading.lower, reading.within(sentence, "benign")
    for proved in reading.within(sentence, "proved") if found else ():
        for benign in found:
            between = text[proved.end : benign.start]
            if 0 <= benign.start - proved.end <= PROVED_BENIGN and not re.search(
                r"\b(?:no|not|without|excluded)\b|thyroid", between
            ):
                return True
    return False


def _is_doubtful(one: Mention, sites: set[str]) -> bool:
    if one.kind != "lesion" or (one.value["status"] != "suspected" and one.rule != "lesions.measured"):
        return False
    return not sites or one.value["site"] in sites or not sites & {str(one.value["site"])}


def _superseded(reading: TokenisedNote, one: Mention, sentence: NoteSentence) -> Mention:
    return replace(one, context=one.context | {"superseded"}, cue=reading.text[sentence.start : sentence.end][:80])
