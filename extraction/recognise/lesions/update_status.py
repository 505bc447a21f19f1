"""Updates the status of lesions from later words: resected, resolved or benign after all."""

import re
from dataclasses import replace

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import spans_of
from extraction.recognise.lesions.lesion_patterns import NOT_RESECTED
from extraction.tokenised_note import NoteSentence, TokenisedNote

ANAPHORIC_RESECTION = re.compile(
    r"(?:\b(?:excision|resection|removal|extirpation)\s+of\s+(?:the|this|that|her|"
    r"his)\s+(?:entire\s+|whole\s+)?(?P<what>\w+)|\b(?:the|this|that|"
    r"both)\s+(?P<what2>\w+)\s+(?:was|were|has been|had been)\s+(?:\w+\s+)?(?:excised|resected|"
    r"removed|enucleated|extirpated))"
)
RESECTION_SUBSTRINGS = ("excis", "resect", "remov", "extirp", "enucl")
OPERATION_SUBSTRINGS = ("resection", "excision", "metastasectomy", "removal")
LUMP_NOUNS = frozenset(
    "mass masses lesion lesions nodule nodules tumour tumor tumours tumors swelling metastasis "  # noqa: SIM905
    "metastases node nodes deposit recurrence".split()
)
RESOLVED_AFTER = re.compile(
    r"\b(?:(?:has|have|had)\s+(?:completely |fully |almost completely |all |both |since |now )*(?:resolved|disappeared|"
    r"vanished|cleared)|(?:was|were|is|are) no longer (?:seen|visible|present|detect\w+)|no longer (?:seen|visible)|"
    r"resolved completely|(?:completely|fully) resolved|disappeared)\b"
)
RESOLUTION_BEFORE = re.compile(
    r"\b(?:complete (?:resolution|disappearance|response|remission|regression)|disappearance|resolution) of\s+"
    r"(?:(?:the|all|both|his|her|multiple|known|these)\s+)*(?:\w+\s+)?$"
)
NODE_DISSECTION = re.compile(
    r"\b(?:neck|node|nodal|lateral|compartment|level [iv]+[ab]?|cervical) (?:neck )?dissections?\b|\blymphadenectomy\b"
)
NOT_DONE_WORD = re.compile(
    r"\b(?:plan\w*|scheduled|recommend\w*|if|declined|refused|no|not|without|considered|proposed)\b"
)
MAX_BENIGN_GAP = 90
"""Units: characters between `proved to be` and the benign diagnosis."""


def _is_node(lesion: Mention) -> bool:
    return str(lesion.value["site"]).startswith("lymph_node")


def resection_offsets(note: TokenisedNote) -> list[int]:
    """Return the offsets of words for resection."""
    return [start for start, _ in spans_of(note.lower, (*RESECTION_SUBSTRINGS, "dissect", "lymphadenec"))]


def update_earlier_lesions(note: TokenisedNote, sentence: NoteSentence, mentions: list[Mention]) -> list[Mention]:
    """Update lesions of earlier sentences by what this sentence says: resected, or benign after all."""
    if not mentions:
        return mentions
    if _proves_benign(note, sentence):
        sites = {site.code for site in note.hits_in(sentence, "lesion_site")}
        return [_superseded(note, lesion, sentence) if _is_doubtful(lesion, sites) else lesion for lesion in mentions]
    text = note.lower[sentence.start : sentence.end]
    if NODE_DISSECTION.search(text) and not NOT_DONE_WORD.search(text):
        mentions = [
            _with_status(lesion, "resected")
            if lesion.kind == "lesion" and _is_node(lesion) and lesion.value["status"] == "current"
            else lesion
            for lesion in mentions
        ]
    if operated := _operated_sites(note, sentence):
        planned = (
            context_of(note, sentence.start, sentence.end).categories & {"planned", "conditional"} or "planned" in text
        )
        mentions = [
            _with_status(lesion, "resected")
            if not planned
            and lesion.kind == "lesion"
            and lesion.value["site"] in operated
            and lesion.value["status"] == "current"
            else lesion
            for lesion in mentions
        ]
    match = ANAPHORIC_RESECTION.search(text) if any(word in text for word in RESECTION_SUBSTRINGS) else None
    noun = (match["what"] or match["what2"]) if match else None
    if noun in LUMP_NOUNS and not NOT_RESECTED.search(text):
        last = mentions[-1]
        return [_with_status(lesion, "resected") if _is_same_site(lesion, last) else lesion for lesion in mentions]
    return mentions


def update_own_lesions(note: TokenisedNote, sentence: NoteSentence, mentions: list[Mention]) -> list[Mention]:
    """Update lesions of the same sentence: `thought to have lung metastases, but biopsy showed sarcoidosis`."""
    mentions = [
        _resolved_if_stated(note, sentence, lesion) if lesion.start >= sentence.start else lesion for lesion in mentions
    ]
    if not _proves_benign(note, sentence):
        return mentions
    return [
        _superseded(note, lesion, sentence)
        if lesion.start >= sentence.start and _is_doubtful(lesion, set())
        else lesion
        for lesion in mentions
    ]


def _resolved_if_stated(note: TokenisedNote, sentence: NoteSentence, lesion: Mention) -> Mention:
    if lesion.kind != "lesion":
        return lesion
    after = RESOLVED_AFTER.search(note.lower, lesion.end, min(sentence.end, lesion.end + 60))
    between = note.lower[lesion.end : after.start()] if after else ";"
    before = RESOLUTION_BEFORE.search(note.lower, max(sentence.start, lesion.start - 70), lesion.start)
    if before or not re.search(r"[;,]|\b(?:but|while|whereas|and)\b", between):
        return _with_status(lesion, "resolved")
    return lesion


def _operated_sites(note: TokenisedNote, sentence: NoteSentence) -> set[str]:
    """Return sites of an operation: `chest wall resection`, `resection of the sternum`."""
    text = note.lower
    sentence_text = text[sentence.start : sentence.end]
    if not any(word in sentence_text for word in OPERATION_SUBSTRINGS):
        return set()
    return {
        site.code
        for site in note.hits_in(sentence, "lesion_site")
        if re.match(r"\s*(?:resection|excision|metastasectomy)", text[site.end : site.end + 16])
        or re.search(
            r"(?:resection|excision|removal) of (?:the |a |her |his )?(?:\w+ )?$",
            text[max(sentence.start, site.start - 30) : site.start],
        )
    }


def _is_same_site(lesion: Mention, previous: Mention) -> bool:
    return (
        lesion.kind == "lesion"
        and lesion.value["site"] == previous.value.get("site")
        and lesion.value["status"] in ("current", "suspected")
    )


def _with_status(lesion: Mention, status: str) -> Mention:
    return replace(lesion, value={**lesion.value, "status": status}, certainty="stated")


def _proves_benign(note: TokenisedNote, sentence: NoteSentence) -> bool:
    text, benign_hits = note.lower, note.hits_in(sentence, "benign")
    for proved in note.hits_in(sentence, "proved") if benign_hits else ():
        for benign in benign_hits:
            between = text[proved.end : benign.start]
            if 0 <= benign.start - proved.end <= MAX_BENIGN_GAP and not re.search(
                r"\b(?:no|not|without|excluded)\b|thyroid", between
            ):
                return True
    return False


def _is_doubtful(lesion: Mention, sites: set[str]) -> bool:
    if lesion.kind != "lesion" or (lesion.value["status"] != "suspected" and lesion.rule != "lesions.measured"):
        return False
    return not sites or lesion.value["site"] in sites or not sites & {str(lesion.value["site"])}


def _superseded(note: TokenisedNote, lesion: Mention, sentence: NoteSentence) -> Mention:
    return replace(lesion, context=lesion.context | {"superseded"}, cue=note.text[sentence.start : sentence.end][:80])
