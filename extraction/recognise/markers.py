"""Finds thyroglobulin, its antibodies and TSH."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import NUMBER, read_number
from extraction.prefilter import matches_near
from extraction.tokenised_note import TokenisedNote

THYROGLOBULIN_NAME = re.compile(
    r"\b(?:(?:stimulated|suppressed|unstimulated|basal|serum|non-stimulated|tsh-stimulated|"
    r"rhtsh-stimulated|on-lt4|off-lt4|sup)\s*[- ]?)*"
                  r"(?P<name>thyroglobulin|hs-?tg|s-?tg|tg|htg)\b(?!\s*[-/]?\s*(?:antibod|ab\b|abs\b|"
                  r"doubling))")  # fmt: skip
THYROGLOBULIN_SUBSTRINGS = ("tg", "thyroglob")
ANTIBODY_BEFORE = re.compile(r"(?:anti[- ]?|antibod\w*\s+(?:to|against)\s+)$")
THYROGLOBULIN_UNIT = r"(?P<unit>(?:ng|n g|ug|mcg|pg|pmol|mg)\s*(?:/|per)\s*(?:m\s?l|l|dl|litre|liter)\b|ng%)"
THYROGLOBULIN_VALUE = re.compile(
    rf"(?P<sign><=|>=|<|>|≤|≥|(?:less|lower|more|greater|higher) than|below|above|under|over|up "
    rf"to)?\s*(?P<number>(?<![\d.,])\d{{1,3}}(?: \d{{3}})+|{NUMBER})\s*{THYROGLOBULIN_UNIT}"
)
VALUE_WITHOUT_UNIT = re.compile(
    rf"^(?:\s*(?:level|levels|value|is|was|of|:|=|now|currently|[(]))*\s*(?P<sign><=|>=|<|>|≤|"
    rf"≥)?\s*(?P<number>{NUMBER})(?=\s*(?:[,;.()]|$|and\b|with\b|tsh))(?![.,]?\d)(?!\s*(?:%|mci|mm|cm))"
)
FORMER_VALUE_BEFORE = re.compile(
    r"(?:\bfrom|\bpreviously|\bearlier|\bformerly|\binitially|\bbaseline|\bpeak(?: of)?|\bnadir(?: "
    r"of)?|\bprior|vs\.?|\bcompared (?:with|to)|\bup from|\bdown from)(?:\s+(?:over|above|a|of|the|"
    r"about|was|:))*\s*$"
)
REFERENCE_RANGE_BEFORE = re.compile(
    r"(?:normal|reference|range|ref\.?|rr|nv|cut-?off|limit)\W*(?:range|value|limit)?[\s:<(]*$"
)
COMPARISON_SIGNS = {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "≤": "<=", "≥": ">="}
CHANGED_TO = re.compile(
    r"[^.;\d]{0,30}?\b(?:returned|fell|fallen|declined|decreased|dropped|rose|risen|increased|climbed|down|up)\s+(?:again\s+)?to\s+"
)
UNDETECTABLE = re.compile(
    r"^\W*(?:level|levels|values?)?\s*(?:(?:is|was|were|remains?|remained|became|stays|has been|"
    r"been|again|also|now|still|become)\s*)*(?:undetectable|unmeasurable|not detectable|"
    r"non-detectable|below (?:the )?detection)"
)
TSH_VALUE = re.compile(
    rf"\b(?:tsh|thyrotropin|thyrotrophin|thyroid[- ]stimulating hormone)\b(?!\s*[- ]?(?:stimulated|"
    rf"suppress|receptor))[^.;\n\d<>]{{0,40}}?(?P<sign><|>|≤|≥)?\s*"
                 rf"(?P<number>{NUMBER})\s*(?P<unit>(?:m|u|mc|micro)?\s?(?:iu|u|ui)\s*/\s*m?l)\b")  # fmt: skip
TSH_SUBSTRINGS = ("tsh", "thyrotrop", "thyroid-stim", "thyroid stim")
ANTIBODY_NAME = re.compile(
    r"\b(?:anti[- ]?(?:thyroglobulin|tg)(?:[- ]?(?:antibod(?:y|ies)|ab|abs|titer|titre))?|"
    r"antithyroglobulin(?: antibod(?:y|ies)| ab)?|"
                      r"(?:thyroglobulin|tg)[- ]?(?:auto)?(?:antibod(?:y|ies)|abs?)|tgabs?|ab-?tg|atg|tg-ak|"
                      r"antibod(?:y|ies)(?: to thyroglobulin| against thyroglobulin)?)\b")  # fmt: skip
ANTIBODY_SUBSTRINGS = ("abtg", "ab-tg", "anti", "tga", "atg", "tg-a", "tg a", "globulin a", "globulin-a")
NEGATIVE_RESULT = re.compile(
    r"\(\s*-+\s*\)|-\s?ve\b|\b(?:negative|neg\b|absent|undetectable|not detected|not detectable|normal|within (?:the "
    r")?normal|\(\s*-\s*\)|-\s?ve\b|not elevated|not raised|not increased|unremarkable|non-detectable)"
)
POSITIVE_RESULT = re.compile(
    r"\(\s*\++\s*\)|\+\s?ve\b|\b(?:positive|pos\b|elevated|raised|high|increased|detectable|present|interfering|interference)\b"
)
NEGATIVE_BEFORE = re.compile(
    r"\b(?:negative|no|without|absent|absence of|undetectable|normal|free of|neg|without any|with "
    r"no)(?:\s+(?:serum|for|interfering|detectable|significant|circulating|any|measurable))*\s*$"
)
POSITIVE_BEFORE = re.compile(
    r"\b(?:positive|elevated|raised|high|increased|interfering|detectable)\s*(?:serum|for|titers? "
    r"of|titres? of|levels? of)?\s*$"
)
TITRE = re.compile(
    rf"^[^.;\d<>\n]{{0,40}}?(?P<sign><=|<|≤|>|less than|below|under|more than|"
    rf"above)?\s*(?P<number>{NUMBER})\s*(?P<unit>k?i?u\s*/\s*m?l)?"
)


TITRE_WITH_RANGE = re.compile(
    rf"^[^.;\d<>\n]{{0,40}}?(?P<number>{NUMBER})\s*(?:k?i?u\s*/\s*m?l)?\s*[(\[,]\s*(?:(?:normal|reference|ref\.?|range|rr|nv|"
    rf"n|values?|interval)[\s.:]*)+(?:(?P<low>{NUMBER})\s*-\s*|<\s*|up to\s*)(?P<high>{NUMBER})"
)


def find_markers(note: TokenisedNote) -> Iterator[Mention]:
    """Yield current values with their units; former values are ignored."""
    yield from _thyroglobulin(note, note.decimal_comma)
    yield from _antibodies(note)
    yield from _tsh(note, note.decimal_comma)


def _thyroglobulin(note: TokenisedNote, decimal_comma: bool) -> Iterator[Mention]:
    for name in matches_near(note.lower, THYROGLOBULIN_NAME, THYROGLOBULIN_SUBSTRINGS, 70, 30):
        if ANTIBODY_BEFORE.search(note.lower[max(0, name.start() - 25) : name.start()]) or not _is_name(note, name):
            continue
        sentence = note.sentence_at(name.start())
        tail = note.lower[name.end() : min(sentence.end, name.end() + 110)]
        context = context_of(note, name.start(), name.end(), "historical", "negated", "uncertain", "superseded")
        if UNDETECTABLE.match(tail) and not THYROGLOBULIN_VALUE.search(tail[:50]):
            yield Mention(
                "thyroglobulin",
                {"thyroglobulin": "<1 ng/mL"},
                name.start(),
                name.end(),
                "markers.undetectable",
                context.categories,
                context.cue,
                "inferred",
            )
        elif (value := _current_value(tail, decimal_comma)) is not None:
            written, end = value
            yield Mention(
                "thyroglobulin",
                {"thyroglobulin": written},
                name.start(),
                name.end() + end,
                "markers.thyroglobulin",
                context.categories,
                context.cue,
            )


def _is_name(note: TokenisedNote, name: re.Match[str]) -> bool:
    written = note.flat[name.start("name") : name.end("name")]
    return len(written) > 3 or written in ("Tg", "TG", "hTg", "sTg", "S-Tg")


def _current_value(tail: str, decimal_comma: bool) -> tuple[str, int] | None:
    """Return the current value with its end: not after `from`, not a reference range, not of the next analyte."""
    stop = re.search(r"\btsh\b|\banti|\btgab|\bcalcitonin|\bcea\b", tail)
    tail = tail[: stop.start()] if stop and THYROGLOBULIN_VALUE.search(tail[: stop.start()]) else tail
    for match in THYROGLOBULIN_VALUE.finditer(tail):
        before = tail[: match.start()]
        if FORMER_VALUE_BEFORE.search(before) or REFERENCE_RANGE_BEFORE.search(before) or re.search(r"\btsh\b", before):
            continue
        unit = _canonical_unit(match["unit"])
        number = read_number(match["number"], decimal_comma)
        later = CHANGED_TO.match(tail, match.end())
        if later and (changed := THYROGLOBULIN_VALUE.match(tail, later.end())):
            match, number, unit = (
                changed,
                read_number(changed["number"], decimal_comma),
                _canonical_unit(changed["unit"]),
            )
        return f"{_comparison_sign(match['sign'])}{number} {unit}", match.end()
    without_unit = VALUE_WITHOUT_UNIT.match(tail)
    if without_unit:
        return (
            f"{_comparison_sign(without_unit['sign'])}{read_number(without_unit['number'], decimal_comma)} ng/mL",
            without_unit.end(),
        )
    return None


def _canonical_unit(written: str) -> str:
    unit = re.sub(r"\s|per", lambda match: "/" if match.group() == "per" else "", written).replace("mcg", "ug")
    return {"ng%": "ng/dL"}.get(
        unit,
        unit.replace("litre", "L")
        .replace("liter", "L")
        .replace("/ml", "/mL")
        .replace("/l", "/L")
        .replace("/dl", "/dL"),
    )


def _comparison_sign(written: str | None) -> str:
    if not written:
        return ""
    if written in COMPARISON_SIGNS:
        return COMPARISON_SIGNS[written]
    if written == "up to":
        return "<="
    return "<" if written.split()[0] in ("less", "lower", "below", "under") else ">"


def _antibodies(note: TokenisedNote) -> Iterator[Mention]:
    for match in matches_near(note.lower, ANTIBODY_NAME, ANTIBODY_SUBSTRINGS, 20, 40):
        sentence = note.sentence_at(match.start())
        if match.group().startswith("antibod") and "thyroglobulin" not in match.group():  # noqa: SIM102
            if not re.search(r"\b(?:tg|thyroglobulin)\b", note.lower[sentence.start : match.start()]):
                continue
        before = note.lower[max(sentence.start, match.start() - 40) : match.start()]
        after = note.lower[match.end() : min(sentence.end, match.end() + 60)]
        if (code := _antibody_status(before, after)) is not None:
            context = context_of(note, match.start(), match.end(), "historical", "negated", "uncertain")
            yield Mention("tg_antibodies", {"tg_antibodies": code}, match.start(), match.end(), "markers.antibodies",
                          context.categories, context.cue)  # fmt: skip


def _antibody_status(before: str, after: str) -> str | None:
    if NEGATIVE_BEFORE.search(before):
        return "negative"
    if POSITIVE_BEFORE.search(before):
        return "positive"
    nearby = re.split(r"[;.]\s|,\s*(?:tsh|tg\b|thyroglobulin)", after)[0]
    if (low := NEGATIVE_RESULT.search(nearby)) and not re.search(r"normal\s*(?:<|range)", nearby):
        high = POSITIVE_RESULT.search(nearby)
        if not high or low.start() < high.start():
            return "negative"
    if POSITIVE_RESULT.search(nearby) and not re.search(r"\bnot\b", nearby):
        return "positive"
    if (is_within := _within_range(nearby)) is not None:
        return "negative" if is_within else "positive"
    number = TITRE.match(nearby)
    if number and number["sign"]:
        return "negative" if number["sign"] in ("<", "<=", "≤", "less than", "below", "under") else "positive"
    return None


def _within_range(nearby: str) -> bool | None:
    """Whether a titre is within the reference range next to it; None without a range."""
    match = TITRE_WITH_RANGE.match(nearby)
    if match is None:
        return None
    low, high = Decimal(0), read_number(match["high"])
    if match["low"]:
        low = read_number(match["low"])
    return low <= read_number(match["number"]) <= high


def _tsh(note: TokenisedNote, decimal_comma: bool) -> Iterator[Mention]:
    for match in matches_near(note.lower, TSH_VALUE, TSH_SUBSTRINGS, 1, 120):
        prefix, iu, volume = re.fullmatch(r"(m|u|)(iu|u)/(m?)l", _tsh_unit(match["unit"])).groups()  # type: ignore[union-attr]
        unit = f"{prefix}{iu.upper()}/{volume}L"
        context = context_of(note, match.start(), match.end(), "historical", "negated", "uncertain")
        value = f"{_comparison_sign(match['sign'])}{read_number(match['number'], decimal_comma)} {unit}"
        yield Mention("tsh", {"tsh": value}, match.start(), match.end(), "markers.tsh", context.categories, context.cue)


def _tsh_unit(written: str) -> str:
    """Return the canonical form of a unit that `TSH_VALUE` matched."""
    return re.sub(r"\s", "", written).replace("micro", "u").replace("mc", "u").replace("ui/", "iu/")
