"""Thyroglobulin, its antibodies and TSH."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction.context import context_of
from extraction.mention import Mention
from extraction.numbers import NUMBER, read_number
from extraction.prefilter import matches
from extraction.tokenised_note import TokenisedNote

NAME = re.compile(
    r"\b(?:(?:stimulated|suppressed|unstimulated|basal|serum|non-stimulated|tsh-stimulated|"
    r"rhtsh-stimulated|on-lt4|off-lt4|sup)\s*[- ]?)*"
                  r"(?P<name>thyroglobulin|hs-?tg|s-?tg|tg|htg)\b(?!\s*[-/]?\s*(?:antibod|ab\b|abs\b|"
                  r"doubling))")  # fmt: skip
TG = ("tg", "thyroglob")
ANTI = re.compile(r"(?:anti[- ]?|antibod\w*\s+(?:to|against)\s+)$")
UNIT = r"(?P<unit>(?:ng|n g|ug|mcg|pg|pmol|mg)\s*(?:/|per)\s*(?:m\s?l|l|dl|litre|liter)\b|ng%)"
VALUE = re.compile(
    rf"(?P<sign><=|>=|<|>|≤|≥|(?:less|lower|more|greater|higher) than|below|above|under|over|up "
    rf"to)?\s*(?P<number>(?<![\d.,])\d{{1,3}}(?: \d{{3}})+|{NUMBER})\s*{UNIT}"
)
BARE = re.compile(
    rf"^(?:\s*(?:level|levels|value|is|was|of|:|=|now|currently|[(]))*\s*(?P<sign><=|>=|<|>|≤|"
    rf"≥)?\s*(?P<number>{NUMBER})(?=\s*(?:[,;.()]|$|and\b|with\b|tsh))(?![.,]?\d)(?!\s*(?:%|mci|mm|cm))"
)
FORMERLY = re.compile(
    r"(?:\bfrom|\bpreviously|\bearlier|\bformerly|\binitially|\bbaseline|\bpeak(?: of)?|\bnadir(?: "
    r"of)?|\bprior|vs\.?|\bcompared (?:with|to)|\bup from|\bdown from)(?:\s+(?:over|above|a|of|the|"
    r"about|was|:))*\s*$"
)
REFERENCE = re.compile(r"(?:normal|reference|range|ref\.?|rr|nv|cut-?off|limit)\W*(?:range|value|limit)?[\s:<(]*$")
SIGNS = {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "≤": "<=", "≥": ">="}
THEN = re.compile(
    r"[^.;\d]{0,30}?\b(?:returned|fell|fallen|declined|decreased|dropped|rose|risen|increased|climbed|down|up)\s+(?:again\s+)?to\s+"
)
UNDETECTABLE = re.compile(
    r"^\W*(?:level|levels|values?)?\s*(?:(?:is|was|were|remains?|remained|became|stays|has been|"
    r"been|again|also|now|still|become)\s*)*(?:undetectable|unmeasurable|not detectable|"
    r"non-detectable|below (?:the )?detection)"
)
TSH = re.compile(
    rf"\b(?:tsh|thyrotropin|thyrotrophin|thyroid[- ]stimulating hormone)\b(?!\s*[- ]?(?:stimulated|"
    rf"suppress|receptor))[^.;\n\d<>]{{0,40}}?(?P<sign><|>|≤|≥)?\s*"
                 rf"(?P<number>{NUMBER})\s*(?P<unit>(?:m|u|mc|micro)?\s?(?:iu|u|ui)\s*/\s*m?l)\b")  # fmt: skip
OF_TSH = ("tsh", "thyrotrop", "thyroid-stim", "thyroid stim")
ANTIBODY = re.compile(
    r"\b(?:anti[- ]?(?:thyroglobulin|tg)(?:[- ]?(?:antibod(?:y|ies)|ab|abs|titer|titre))?|"
    r"antithyroglobulin(?: antibod(?:y|ies)| ab)?|"
                      r"(?:thyroglobulin|tg)[- ]?(?:auto)?(?:antibod(?:y|ies)|abs?)|tgabs?|ab-?tg|atg|tg-ak|"
                      r"antibod(?:y|ies)(?: to thyroglobulin| against thyroglobulin)?)\b")  # fmt: skip
ANTI_WORD = ("abtg", "ab-tg", "anti", "tga", "atg", "tg-a", "tg a", "globulin a", "globulin-a")
NEGATIVE = re.compile(
    r"\(\s*-+\s*\)|-\s?ve\b|\b(?:negative|neg\b|absent|undetectable|not detected|not detectable|normal|within (?:the "
    r")?normal|\(\s*-\s*\)|-\s?ve\b|not elevated|not raised|not increased|unremarkable|non-detectable)"
)
POSITIVE = re.compile(
    r"\(\s*\++\s*\)|\+\s?ve\b|\b(?:positive|pos\b|elevated|raised|high|increased|detectable|present|interfering|interference)\b"
)
BEFORE_NEGATIVE = re.compile(
    r"\b(?:negative|no|without|absent|absence of|undetectable|normal|free of|neg|without any|with "
    r"no)(?:\s+(?:serum|for|interfering|detectable|significant|circulating|any|measurable))*\s*$"
)
BEFORE_POSITIVE = re.compile(
    r"\b(?:positive|elevated|raised|high|increased|interfering|detectable)\s*(?:serum|for|titers? "
    r"of|titres? of|levels? of)?\s*$"
)
NUMERIC = re.compile(
    rf"^[^.;\d<>\n]{{0,40}}?(?P<sign><=|<|≤|>|less than|below|under|more than|"
    rf"above)?\s*(?P<number>{NUMBER})\s*(?P<unit>k?i?u\s*/\s*m?l)?"
)


RANGED = re.compile(
    rf"^[^.;\d<>\n]{{0,40}}?(?P<number>{NUMBER})\s*(?:k?i?u\s*/\s*m?l)?\s*[(\[,]\s*(?:(?:normal|reference|ref\.?|range|rr|nv|"
    rf"n|values?|interval)[\s.:]*)+(?:(?P<low>{NUMBER})\s*-\s*|<\s*|up to\s*)(?P<high>{NUMBER})"
)


def find_markers(reading: TokenisedNote) -> Iterator[Mention]:
    """Values with their units; what a value was before is not what it is."""
    yield from _thyroglobulin(reading, reading.decimal_comma)
    yield from _antibodies(reading)
    yield from _tsh(reading, reading.decimal_comma)


def _thyroglobulin(reading: TokenisedNote, decimal_comma: bool) -> Iterator[Mention]:
    for name in matches(reading.lower, NAME, TG, 70, 30):
        if ANTI.search(reading.lower[max(0, name.start() - 25) : name.start()]) or not _is_name(reading, name):
            continue
        sentence = reading.sentence_at(name.start())
        tail = reading.lower[name.end() : min(sentence.end, name.end() + 110)]
        context = context_of(reading, name.start(), name.end(), "historical", "negated", "uncertain", "superseded")
        if UNDETECTABLE.match(tail) and not VALUE.search(tail[:50]):
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
        elif (value := _value(tail, decimal_comma)) is not None:
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


def _is_name(reading: TokenisedNote, name: re.Match[str]) -> bool:
    written = reading.flat[name.start("name") : name.end("name")]
    return len(written) > 3 or written in ("Tg", "TG", "hTg", "sTg", "S-Tg")


def _value(tail: str, decimal_comma: bool) -> tuple[str, int] | None:
    """The value of now: not that after `from`, not a reference range, not one of the next analyte."""
    stop = re.search(r"\btsh\b|\banti|\btgab|\bcalcitonin|\bcea\b", tail)
    tail = tail[: stop.start()] if stop and VALUE.search(tail[: stop.start()]) else tail
    for match in VALUE.finditer(tail):
        before = tail[: match.start()]
        if FORMERLY.search(before) or REFERENCE.search(before) or re.search(r"\btsh\b", before):
            continue
        unit = _unit(match["unit"])
        number = read_number(match["number"], decimal_comma)
        later = THEN.match(tail, match.end())
        if later and (changed := VALUE.match(tail, later.end())):
            match, number, unit = changed, read_number(changed["number"], decimal_comma), _unit(changed["unit"])
        return f"{_sign(match['sign'])}{number} {unit}", match.end()
    bare = BARE.match(tail)
    if bare:
        return f"{_sign(bare['sign'])}{read_number(bare['number'], decimal_comma)} ng/mL", bare.end()
    return None


def _unit(written: str) -> str:
    unit = re.sub(r"\s|per", lambda found: "/" if found.group() == "per" else "", written).replace("mcg", "ug")
    return {"ng%": "ng/dL"}.get(
        unit,
        unit.replace("litre", "L")
        .replace("liter", "L")
        .replace("/ml", "/mL")
        .replace("/l", "/L")
        .replace("/dl", "/dL"),
    )


def _sign(written: str | None) -> str:
    if not written:
        return ""
    if written in SIGNS:
        return SIGNS[written]
    if written == "up to":
        return "<="
    return "<" if written.split()[0] in ("less", "lower", "below", "under") else ">"


def _antibodies(reading: TokenisedNote) -> Iterator[Mention]:
    for match in matches(reading.lower, ANTIBODY, ANTI_WORD, 20, 40):
        sentence = reading.sentence_at(match.start())
        if match.group().startswith("antibod") and "thyroglobulin" not in match.group():  # noqa: SIM102
            if not re.search(r"\b(?:tg|thyroglobulin)\b", reading.lower[sentence.start : match.start()]):
                continue
        before = reading.lower[max(sentence.start, match.start() - 40) : match.start()]
        after = reading.lower[match.end() : min(sentence.end, match.end() + 60)]
        if (code := _antibody(before, after)) is not None:
            context = context_of(reading, match.start(), match.end(), "historical", "negated", "uncertain")
            yield Mention("tg_antibodies", {"tg_antibodies": code}, match.start(), match.end(), "markers.antibodies",
                          context.categories, context.cue)  # fmt: skip


def _antibody(before: str, after: str) -> str | None:
    if BEFORE_NEGATIVE.search(before):
        return "negative"
    if BEFORE_POSITIVE.search(before):
        return "positive"
    near = re.split(r"[;.]\s|,\s*(?:tsh|tg\b|thyroglobulin)", after)[0]
    if (low := NEGATIVE.search(near)) and not re.search(r"normal\s*(?:<|range)", near):
        high = POSITIVE.search(near)
        if not high or low.start() < high.start():
            return "negative"
    if POSITIVE.search(near) and not re.search(r"\bnot\b", near):
        return "positive"
    if (inside := _within_range(near)) is not None:
        return "negative" if inside else "positive"
    number = NUMERIC.match(near)
    if number and number["sign"]:
        return "negative" if number["sign"] in ("<", "<=", "≤", "less than", "below", "under") else "positive"
    return None


def _within_range(near: str) -> bool | None:
    """Whether a titre lies in the reference range that is written beside it; None without one."""
    found = RANGED.match(near)
    if found is None:
        return None
    low, high = Decimal(0), read_number(found["high"])
    if found["low"]:
        low = read_number(found["low"])
    return low <= read_number(found["number"]) <= high


def _tsh(reading: TokenisedNote, decimal_comma: bool) -> Iterator[Mention]:
    for match in matches(reading.lower, TSH, OF_TSH, 1, 120):
        prefix, iu, volume = re.fullmatch(r"(m|u|)(iu|u)/(m?)l", _tsh_unit(match["unit"])).groups()  # type: ignore[union-attr]
        unit = f"{prefix}{iu.upper()}/{volume}L"
        context = context_of(reading, match.start(), match.end(), "historical", "negated", "uncertain")
        value = f"{_sign(match['sign'])}{read_number(match['number'], decimal_comma)} {unit}"
        yield Mention("tsh", {"tsh": value}, match.start(), match.end(), "markers.tsh", context.categories, context.cue)


def _tsh_unit(written: str) -> str:
    """One way to write a unit that `TSH` has let through."""
    return re.sub(r"\s", "", written).replace("micro", "u").replace("mc", "u").replace("ui/", "iu/")
