"""Measured sizes: one to three dimensions, ranges, bounds, and series of which the last one holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.numbers import NUMBER, read_number
from extraction.prefilter import holds, matches
from extraction.tokenised_note import TokenisedNote

UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|cms|mms)"
SIGN = (
    r"(?:none (?:is |was |of them )?(?:larger|bigger|greater|more|exceeding|above|over)(?: than)?|not exceeding|"
    r"no (?:larger|bigger|more|greater) than|all (?:less|smaller) than|<=|>=|<|>|≤|≥|up to|less than|smaller than|"
    r"under|below|more than|larger than|greater than|over|at most|to)"
)
SIZE = re.compile(
    rf"(?=[\d<>≤≥]|(?<!\w)[abflmnostu])(?<![\d.,/-])(?:(?P<sign>{SIGN})\s*)?(?:from\s+(?P<old>{NUMBER})\s*(?P<old_unit>{UNIT})?\s+to\s+)?(?P<a>{NUMBER})\s*(?P<unit_a>{UNIT})?"
    rf"(?:\s*(?P<times>x|by|\*)\s*(?P<b>{NUMBER})\s*(?P<unit_b>{UNIT})?(?:\s*(?:x|by|"
    rf"\*)\s*(?P<c>{NUMBER}))?|\s*(?P<range>-|to|and)\s*(?P<upper>{NUMBER}))?\s*-?\s*"
    rf"(?P<unit>{UNIT})?(?![a-z/²³\d])"
)
CHANGED = re.compile(r"\b(?:from|grew|grown|increas\w+|enlarg\w+|decreas\w+|shr[aiu]nk\w*|reduc\w+|regress\w+)\b")
UNIT_WORD = ("mm", "cm", "millimet", "centimet")
FORMER = re.compile(
    r"(?:\bfrom|\bprev\b\.?|\bagainst|\bpreviously|\bformerly|\binitially|\bprior|\bearlier|\bcompared (?:with|to)|"
    r"\(\s*was|"
    r"\bvs\.?|\bbefore:?|\bbaseline|\blast|\bversus)(?:\s+(?:measured|measuring|at|it was|a|of|was|"
    r"about))*\s*\(?$"
)
FORMER_WORD = (
    "from", "prev", "against", "formerly", "initially", "prior", "earlier", "compared", "was", "vs", "before",
    "baseline", "last", "versus",
)  # fmt: skip
FORMER_AFTER = re.compile(
    r"^\s*(?:-?>\s*\d|previously|earlier|before|last year|at baseline|in (?:19|20)\d\d\b|initially|"
    r"\w+ months? (?:ago|earlier|before))"
)
NO_LESION = re.compile(
    r"^\s*(?:hg|slices?|margins?|thick|section|incision|clearance|from the|away|h2o|distance|deep|"
    r"port|drain|needle|in depth|cuff|catheter)|^\s*(?:tumou?r-free )?(?:resection )?margin"
)
NO_LESION_BEFORE = re.compile(
    r"\b(?:margin|margins|clearance|distance|incision|slice|thickness|depth|closest|within|"
    r"sections?)\s+(?:\w+\s+){0,3}$"
)
BOUND = {
    "up to": "<=",
    "less than": "<",
    "smaller than": "<",
    "under": "<",
    "below": "<",
    "at most": "<=",
    "≤": "<=",
    "≥": ">=",
    "more than": ">",
    "larger than": ">",
    "greater than": ">",
    "over": ">",
    "to": "<=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    ">=": ">=",
}


@dataclass(frozen=True)
class WrittenSize:
    """A size in the text. Units: `largest_mm` millimetres; `written` is a quantity with its unit."""

    start: int
    end: int
    written: str
    largest_mm: Decimal
    bound: str


def sizes(reading: TokenisedNote) -> list[WrittenSize]:
    """Sizes of things as they are now."""
    found = []
    for match in matches(reading.lower, SIZE, UNIT_WORD, 70, 30):
        if (size := _size(reading.lower, match, reading.decimal_comma)) is not None:
            found.append(size)
            if match["range"] == "and" and match["upper"]:
                found += _other(match, size, reading.decimal_comma)
    return found


def _other(match: re.Match[str], size: WrittenSize, decimal_comma: bool) -> list[WrittenSize]:
    """`28 mm and 14 mm`, `8 and 12 mm`: the smaller of two is a lesion of its own."""
    unit = match["unit"] or match["unit_a"]
    smaller = min(_numbers(match, 10 if unit.startswith("c") else 1, decimal_comma))
    if smaller == size.largest_mm:
        return []
    return [WrittenSize(size.start, size.end, f"{_plain(smaller)} mm", smaller, "")]


def _size(text: str, match: re.Match[str], decimal_comma: bool) -> WrittenSize | None:
    unit = match["unit"] or match["unit_b"] or match["unit_a"]
    if (
        not unit
        or NO_LESION.match(text[match.end() : match.end() + 30])
        or NO_LESION_BEFORE.search(text[max(0, match.start() - 45) : match.start()])
    ):
        return None
    if match["sign"] != "to" and match["old"] is None and _is_former(text[max(0, match.start() - 35) : match.start()]):
        return None
    if FORMER_AFTER.match(text[match.end() : match.end() + 30]):
        return None
    grown = match["sign"] == "to" and CHANGED.search(text[max(0, match.start() - 50) : match.start()])
    return _read(match, unit, decimal_comma, bounded=not grown)


def _is_former(before: str) -> bool:
    return holds(before, FORMER_WORD) and FORMER.search(before) is not None


def _read(match: re.Match[str], unit: str, decimal_comma: bool, bounded: bool) -> WrittenSize:
    factor = 10 if unit.startswith("c") else 1
    numbers = list(_numbers(match, factor, decimal_comma))
    low, largest = numbers[0], max(numbers)
    sign = _bound((match["sign"] or "").strip()) if bounded else ""
    written = f"{sign}{_plain(largest)} mm"
    if match["upper"] and match["range"] != "and" and low < largest:
        written = f"{_plain(low)}-{_plain(largest)} mm"
    start = match.start("a") if not match["sign"] or match["old"] else match.start()
    return WrittenSize(start, match.end(), written, largest, sign)


def _bound(sign: str) -> str:
    """`none larger than` and `not exceeding` set an upper bound like `up to`."""
    return "<=" if sign.startswith(("no", "all")) else BOUND.get(sign, "")


def _numbers(match: re.Match[str], factor: int, decimal_comma: bool) -> Iterator[Decimal]:
    for name in ("a", "b", "c", "upper"):
        if match[name]:
            # `2 x 15 mm` in which only the first carries cm is read by the last unit, as people write it.
            own = 10 if name == "a" and (match["unit_a"] or "").startswith("c") else factor
            yield read_number(match[name], decimal_comma) * own


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
