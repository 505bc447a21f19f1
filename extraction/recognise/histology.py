"""Finds histology, subtype and the components of a tumour."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import matches_near
from extraction.tokenised_note import PhraseHit, TokenisedNote
from schemas.summary.vocabulary import vocabularies

TYPE_OF_WORD = {
    "papillary": "papillary",
    "follicular": "follicular",
    "medullary": "medullary",
    "anaplastic": "anaplastic",
    "hürthle": "oncocytic",
    "hurthle": "oncocytic",
    "oncocytic": "oncocytic",
    "oxyphil": "oncocytic",
    "poorly": "poorly_differentiated",
    "insular": "poorly_differentiated",
    "undifferentiated": "anaplastic",
    "huerthle": "oncocytic",
}
# Words may come between the type and the noun: "papillary (tall cell) thyroid carcinoma".
SPLIT_TYPE_NAME = re.compile(
    r"\b(?P<type>papillary|follicular|medullary|anaplastic|undifferentiated|h(?:ü|u|ue)rthle[- "
    r"]cell|oncocytic|oxyphil(?:ic)?|"
                   r"poorly[- ]differentiated|insular)\b(?P<gap>(?:[\s,-]+(?!and\b|or\b|with\b|to\b|from\b|"
                   r"of the ovary)[\w()/-]+){0,4}?)[\s-]+"
                   r"(?:micro)?(?:carcinoma|cancer|ca|adenocarcinoma|tumou?r|"
                   r"malignancy)s?\b(?:\s+of\s+(?:the\s+)?(?P<organ>\w+))?")  # fmt: skip
TYPE_SUBSTRINGS = (
    "papillary",
    "follicular",
    "medullary",
    "anaplastic",
    "undiff",
    "rthle",
    "oncocytic",
    "oxyphil",
    "poorly",
    "insular",
)
VARIANT_SUBSTRINGS = ("variant", "subtype", "pattern", "feature", "type")
OTHER_ORGAN = re.compile(
    r"\b(?:renal|kidney|breast|ovar\w+|urothelial|bladder|colon\w*|colorectal|lung adeno\w*|"
    r"hepatocellular|serous|gastric|"
                       r"pancrea\w+|sebaceous|apocrine|duct(?:al)?|craniopharyng\w+|cell neoplasm|sinus|"
                       r"tonsil\w*)\b")  # fmt: skip
VARIANT_NAME = re.compile(
    r"\b(?:follicular|oncocytic|h(?:ü|u)rthle cell|solid|medullary[- ]like)[- ]+(?:cell[- "
    r"]+)?(?:variant|subtype|pattern|features?|type)\b"
)
TRANSFORMATION = re.compile(
    r"\b(?:anaplastic transformation|anaplastic dedifferentiation|transform(?:ed|ation|ing)|"
    r"dedifferentiat\w+|de-differentiat\w+|"
                         r"progress(?:ed|ion) to|evolv(?:ed|ing) into)\b")  # fmt: skip
FINAL_DIAGNOSIS = re.compile(
    r"\b(?:final|confirm\w*|histopatholog\w*|histolog\w*|patholog\w*|revealed|established|specimen|"
    r"diagnosis|diagnosed)\b"
)
CLASSIC_SUBTYPE = re.compile(
    r"\b(?P<word>classic(?:al)?|conventional)[\s-]+(?:(?:type|variant)\s+(?:of\s+)?)?(?:papillary|ptc\b)"
)
COMPONENT_AFTER = re.compile(
    r"^\W*(?:with\s+)?(?:\(?\d{1,2}\s*%\)?\s*)?(?:component|foci|focus|area|areas|element|elements|"
    r"differentiation|features|pattern)\b"
)
COMPONENT_BEFORE = re.compile(
    r"\b(?:arising|arisen|originating|derived|developing|developed|transformed|evolved|dedifferentiated)\s+(?:from|in|"
    r"within|out of|on)\s+(?:(?:an?|the|pre-?existing|previous|underlying|known|a background of)\s+)*$|"
    r"\b(?:component|foci|focus|areas?|elements?|portion|features|\d{1,2}\s*%)\s+(?:of\s+)?(?:an?\s+)?$"
)
SUBTYPE_ELSEWHERE = {"aggressive", "widely_invasive", "minimally_invasive", "insular"}


def find_histology(note: TokenisedNote) -> Iterator[Mention]:
    """Yield every mention of a type, then of a subtype; the assembly chooses."""
    mentions = [*_type_mentions(note)]
    yield from mentions
    implied = [
        _histology_mention(note, hit.start, hit.end, "papillary", "histology.of_subtype")
        for hit in note.hits_of("histology_subtype")
        if re.search(r"ptc|papillary thyroid", note.lower[hit.start : hit.end])
    ]
    yield from implied
    if any(mention.used for mention in [*mentions, *implied]):
        yield from _subtypes(note)


def _type_mentions(note: TokenisedNote) -> Iterator[Mention]:
    spans = []
    for hit in _type_phrases(note):
        if hit.code not in ("thyroid_tumour", "benign", "follicular_nodular_disease"):
            spans.append((hit.start, hit.end))
            yield _histology_mention(note, hit.start, hit.end, hit.code, "histology.phrase")
    for match in matches_near(note.lower, SPLIT_TYPE_NAME, TYPE_SUBSTRINGS, 1, 150):
        if any(start < match.end() and match.start() < end for start, end in spans) or _is_of_other_organ(match):
            continue
        if re.match(r"\s*(?:variant|subtype)", note.lower[match.end("type") :]) or "variant of" in match["gap"]:
            continue
        code = TYPE_OF_WORD[re.split(r"[- ]", match["type"])[0].replace("oxyphilic", "oxyphil")]
        yield _histology_mention(note, match.start(), match.end(), code, "histology.split")


def _type_phrases(note: TokenisedNote) -> Iterator[PhraseHit]:
    """Yield phrases that name a type: `follicular variant of` names a subtype, and `RET/PTC` a gene fusion."""
    variants = [match.span() for match in matches_near(note.lower, VARIANT_NAME, VARIANT_SUBSTRINGS, 30, 10)]
    for hit in note.hits_of("histology"):
        inside = any(start <= hit.start < end for start, end in variants)
        fused = hit.code == "papillary" and note.lower[max(0, hit.start - 4) : hit.start].startswith("ret")
        if (
            not fused
            and not (inside and hit.code in ("follicular", "oncocytic"))
            and not _is_near_other_organ(note, hit)
        ):
            yield hit


def _is_near_other_organ(note: TokenisedNote, hit: PhraseHit) -> bool:
    around = note.lower[max(0, hit.start - 14) : hit.start] + " | " + note.lower[hit.end : hit.end + 24]
    return "thyroid" not in note.lower[hit.start : hit.end] and bool(OTHER_ORGAN.search(around))


def _is_of_other_organ(match: re.Match[str]) -> bool:
    return bool(OTHER_ORGAN.search(match.group())) or (match["organ"] or "thyroid") not in (
        "thyroid",
        "thyroglossal",
        "this",
        "that",
        "her",
        "his",
    )


def _histology_mention(note: TokenisedNote, start: int, end: int, code: str, rule: str) -> Mention:
    context = context_of(note, start, end, "planned", "historical", "conditional")
    if re.search(
        r"\b(?:her|his|known|underlying|patient's|previous|prior)\s+(?:\w+\s+)?$",
        note.lower[max(0, start - 30) : start],
    ):
        context = context._replace(categories=context.categories - {"uncertain"})
    sentence = note.sentence_at(start)
    around = note.lower[sentence.start : sentence.end]
    part = COMPONENT_AFTER.match(note.lower[end : end + 40]) or COMPONENT_BEFORE.search(
        note.lower[max(0, start - 60) : start]
    )
    value = {
        "histology": code,
        "final": bool(FINAL_DIAGNOSIS.search(around)),
        "part": bool(part),
        "transformed": bool(TRANSFORMATION.search(around)),
    }
    certainty = "uncertain" if "uncertain" in context.categories else "stated"
    return Mention("histology", value, start, end, rule, context.categories, context.cue, certainty)


def _subtypes(note: TokenisedNote) -> Iterator[Mention]:
    for match in CLASSIC_SUBTYPE.finditer(note.lower) if note.contains_any(("classic", "conventional")) else ():
        context = context_of(note, match.start(), match.end(), "planned", "historical", "conditional")
        yield Mention("subtype", {"subtype": "classic"}, match.start(), match.end("word"), "histology.classic",
                      context.categories, context.cue)  # fmt: skip
    subtypes = vocabularies()["histology_subtype"].terms
    for hit in note.hits_of("histology_subtype"):
        context = context_of(note, hit.start, hit.end, "planned", "historical", "conditional")
        follows = note.lower[hit.end : hit.end + 60]
        if hit.code in ("oncocytic_variant", "follicular_variant") and re.match(r"\W*features", follows):
            continue
        if hit.code in subtypes:
            yield Mention(
                "subtype",
                {"subtype": hit.code},
                hit.start,
                hit.end,
                "histology.subtype",
                context.categories,
                context.cue,
            )
