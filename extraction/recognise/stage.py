"""Finds TNM categories, stage group, margins and extrathyroidal extension."""

import re
from collections.abc import Iterator

from extraction.context import context_of
from extraction.mention import Mention
from extraction.prefilter import matches_near, windows_around
from extraction.tokenised_note import TokenisedNote

T_CATEGORY = r"(?P<t>[0-4][ab]?|[Xx])"
N_CATEGORY = r"(?P<n>[01][ab]?|[Xx])"
M_CATEGORY = r"(?P<m>[01][a-c]?|[Xx])"
MULTIFOCAL_SUFFIX = r"(?:\s*\((?:m|s|\d+)\)|m)?"
CATEGORY_GAP = r"[\s,;/-]{0,2}"
CATEGORY_PREFIX = r"(?:[acpry]{1,3})?"
T_AND_N = re.compile(
    rf"(?<![A-Za-z0-9])(?P<pt>{CATEGORY_PREFIX})T{T_CATEGORY}{MULTIFOCAL_SUFFIX}{CATEGORY_GAP}"
    rf"{CATEGORY_PREFIX}N{N_CATEGORY}(?:\s*\(\d+/\d+\))?"
    rf"(?:{CATEGORY_GAP}{CATEGORY_PREFIX}M{M_CATEGORY})?(?![A-Za-z0-9])"
)
T_AND_M = re.compile(
    rf"(?<![A-Za-z0-9])(?P<pt>{CATEGORY_PREFIX})T{T_CATEGORY}{MULTIFOCAL_SUFFIX}{CATEGORY_GAP}"
    rf"{CATEGORY_PREFIX}M{M_CATEGORY}(?![A-Za-z0-9])"
)
LONE_T = re.compile(rf"(?<![A-Za-z0-9])[cpry]{{1,3}}T{T_CATEGORY}{MULTIFOCAL_SUFFIX}(?![A-Za-z0-9])")
LONE_N = re.compile(
    rf"(?<![A-Za-z0-9])[cpry]{{0,3}}N{N_CATEGORY}(?:{CATEGORY_GAP}{CATEGORY_PREFIX}M{M_CATEGORY})?(?![A-Za-z0-9])"
)
LONE_M = re.compile(rf"(?<![A-Za-z0-9])[cp]?M{M_CATEGORY}(?![A-Za-z0-9])")
CATEGORY_HINT = re.compile(r"[TNM][0-4Xx]")
EDITION = re.compile(
    r"\b(?:ajcc|uicc|tnm)\b[\s/,(]{0,3}(?:tnm[\s,]*)?(?:edition\s*)?(?P<a>[5-8])(?:th)?\b|"
    r"\b(?P<b>[5-8])th\s+(?:ed\.?|edition)"
)
EDITION_SUBSTRINGS = ("ajcc", "uicc", "tnm", "5th", "6th", "7th", "8th")
STAGE_GROUP = re.compile(
    r"\bstage\s*:?\s*(?P<stage>iv\s*[abc]?|i{1,3}|[1-4]\s*[abc]?)\b(?!\s*(?:[\d/]|kidney|ckd|renal|"
    r"trial|thyroidectomy|procedure))"
)
ROMAN_STAGES = {"1": "I", "2": "II", "3": "III", "4": "IV"}
RESIDUAL_TUMOUR = re.compile(r"R(?P<r>[012X])(?<![A-Za-z0-9]R.)(?![A-Za-z0-9])")
MARGIN_NEGATIVE = re.compile(
    r"\bmargins?\b(?:[^.;\n]{0,25}?)\b(?:clear|free|negative|uninvolved|not involved|tumou?r[- "
    r"]free|clean)\b|"
                             r"\b(?:clear|free|negative|uninvolved|clean|tumou?r[- "
                             r"]free)\s+(?:\w+\s+)?margins?\b")  # fmt: skip
MARGIN_POSITIVE = re.compile(
    r"\b(?:microscopic(?:ally)? (?:positive |residual )?\w*\s*(?:at|margin)|(?:positive|"
    r"involved)\s+(?:\w+\s+)?margins?|"
                             r"margins?\s+(?:was|were|is|are)?\s*(?:focally\s+)?(?:positive|involved))")  # fmt: skip
GROSS_RESIDUAL = re.compile(
    r"\b(?:gross|macroscopic)\s+(?:residual|tumou?r left|remaining|disease left)\b|\bincompletely "
    r"resected\b|\bdebulking\b|\bshaved off\b"
)
MARGIN_SUBSTRINGS, GROSS_SUBSTRINGS = (
    ("margin", "microscopic"),
    ("gross", "macroscop", "incomplete", "debulk", "shaved"),
)
EXTRATHYROIDAL_EXTENSION = re.compile(
    r"\b(?P<no>no|without|absent|absence of|negative for)?\s*(?P<kind>gross|macroscopic|minimal|"
    r"microscopic|extensive|minor|focal)?\s*(?P<no2>no)?\s*"
                 r"(?:extra-?\s?thyroid(?:al)?(?:\s+soft tissue)?\s+(?:extension|invasion|spread)|"
                 r"\bete\b)(?P<after>\s*(?:was|is)?\s*(?:absent|not seen|not present|not identified|"
                 r":\s*none|negative))?")  # fmt: skip

EXTENSION_HINT = re.compile(r"extra[- ]?thyr|ete(?<!\wete)\b")


def find_stage(note: TokenisedNote) -> Iterator[Mention]:
    """Yield categories as written; a lone T2 without p or c may be a vertebra and is ignored."""
    yield from _tnm(note)
    yield from _stage_groups(note)
    yield from _margins(note)
    yield from _extension(note)


def _tnm(note: TokenisedNote) -> Iterator[Mention]:
    taken: list[tuple[int, int]] = []
    spans = list(windows_around(note.flat, CATEGORY_HINT, 20, 30))
    for pattern in (T_AND_N, T_AND_M, LONE_T, LONE_N, LONE_M):
        for match in (match for start, end in spans for match in pattern.finditer(note.flat, start, end)):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            groups = match.groupdict()
            value = {key: key.upper() + _category_code(groups[key], key) for key in "tnm" if groups.get(key)}
            context = context_of(note, match.start(), match.end(), "planned", "historical", "uncertain", "negated")
            yield Mention("tnm", value, match.start(), match.end(), "stage.tnm", context.categories, context.cue)
    if taken and note.contains_any(EDITION_SUBSTRINGS) and (ajcc := EDITION.search(note.lower)):
        edition = ajcc["a"] or ajcc["b"]
        yield Mention("tnm", {"edition": f"ajcc_{edition}"}, ajcc.start(), ajcc.end(), "stage.edition")


def _category_code(written: str, key: str) -> str:
    if written in "Xx":
        return "X"
    return written[0] if key == "m" else written


def _stage_groups(note: TokenisedNote) -> Iterator[Mention]:
    for match in matches_near(note.lower, STAGE_GROUP, ("stage",), 1, 30):
        written = match["stage"].replace(" ", "")
        stage = (ROMAN_STAGES[written[0]] + written[1:] if written[0].isdigit() else written).upper()
        if stage in ("I", "II", "III", "IV", "IVA", "IVB", "IVC"):
            context = context_of(note, match.start(), match.end(), "planned", "historical", "negated")
            yield Mention(
                "stage", {"stage": stage}, match.start(), match.end(), "stage.group", context.categories, context.cue
            )


def _margins(note: TokenisedNote) -> Iterator[Mention]:
    margins = [
        (code, match)
        for code, pattern, prefilter in (
            ("R0", MARGIN_NEGATIVE, MARGIN_SUBSTRINGS),
            ("R1", MARGIN_POSITIVE, MARGIN_SUBSTRINGS),
            ("R2", GROSS_RESIDUAL, GROSS_SUBSTRINGS),
        )
        for match in matches_near(note.lower, pattern, prefilter, 50, 50)
    ]
    margins += [(f"R{match['r']}", match) for match in RESIDUAL_TUMOUR.finditer(note.flat)]
    for code, match in margins:
        context = context_of(note, match.start(), match.end(), "historical", "uncertain")
        value = {"margins": code}
        yield Mention("margins", value, match.start(), match.end(), "stage.margins", context.categories, context.cue)


def _extension(note: TokenisedNote) -> Iterator[Mention]:
    for match in matches_near(note.lower, EXTRATHYROIDAL_EXTENSION, EXTENSION_HINT, 70, 50):
        kind = match["kind"]
        if match["no"] or match["no2"] or match["after"]:
            code = "none" if kind not in ("gross", "macroscopic", "extensive") else ""
        elif kind in ("gross", "macroscopic", "extensive"):
            code = "gross"
        else:
            code = "minimal" if kind in ("minimal", "microscopic", "minor", "focal") else "present"
        context = context_of(note, match.start(), match.end(), "historical")
        categories = context.categories - ({"negated"} if code == "none" else frozenset())
        if code:
            yield Mention(
                "extension", {"extension": code}, match.start(), match.end(), "stage.extension", categories, context.cue
            )
