"""Finds measured sizes: one to three dimensions, ranges, bounds, and the last of a series."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.numbers import NUMBER, read_number
from extraction.prefilter import contains_any, matches_near
from extraction.tokenised_note import TokenisedNote

LENGTH_UNIT = r"(?:mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?|cms|mms)"
BOUND_WORDS = (
    r"(?:none (?:is |was |of them )?(?:larger|bigger|greater|more|exceeding|above|over)(?: than)?|not exceeding|"
    r"no (?:larger|bigger|more|greater) than|all (?:less|smaller) than|<=|>=|<|>|≤|≥|up to|less than|smaller than|"
    r"under|below|more than|larger than|greater than|over|at most|to)"
)
SIZE = re.compile(
    rf"(?=[\d<>≤≥]|(?<!\w)[abflmnostu])(?<![\d.,/-])(?:(?P<sign>{BOUND_WORDS})\s*)?(?:from\s+(?P<old>{NUMBER})\s*(?P<old_unit>{LENGTH_UNIT})?\s+to\s+)?(?P<a>{NUMBER})\s*(?P<unit_a>{LENGTH_UNIT})?"
    rf"(?:\s*(?P<times>x|by|\*)\s*(?P<b>{NUMBER})\s*(?P<unit_b>{LENGTH_UNIT})?(?:\s*(?:x|by|"
    rf"\*)\s*(?P<c>{NUMBER}))?|\s*(?P<range>-|to|and)\s*(?P<upper>{NUMBER}))?\s*-?\s*"
    rf"(?P<unit>{LENGTH_UNIT})?(?![a-z/²³\d])"
)
CHANGE_BEFORE = re.compile(r"\b(?:from|grew|grown|increas\w+|enlarg\w+|decreas\w+|shr[aiu]nk\w*|reduc\w+|regress\w+)\b")
LENGTH_UNIT_SUBSTRINGS = ("mm", "cm", "millimet", "centimet")
FORMER_BEFORE = re.compile(
    r"(?:\bfrom|\bprev\b\.?|\bagainst|\bpreviously|\bformerly|\binitially|\bprior|\bearlier|\bcompared (?:with|to)|"
    r"\(\s*was|"
    r"\bvs\.?|\bbefore:?|\bbaseline|\blast|\bversus)(?:\s+(?:measured|measuring|at|it was|a|of|was|"
    r"about))*\s*\(?$"
)
FORMER_SUBSTRINGS = (
    "from", "prev", "against", "formerly", "initially", "prior", "earlier", "compared", "was", "vs", "before",
    "baseline", "last", "versus",
)  # fmt: skip
FORMER_AFTER = re.compile(
    r"^\s*(?:-?>\s*\d|previously|earlier|before|last year|at baseline|in (?:19|20)\d\d\b|initially|"
    r"\w+ months? (?:ago|earlier|before))"
)
NOT_SIZE_AFTER = re.compile(
    r"^\s*(?:hg|slices?|margins?|thick|section|incision|clearance|from the|away|h2o|distance|deep|"
    r"port|drain|needle|in depth|cuff|catheter)|^\s*(?:tumou?r-free )?(?:resection )?margin"
)
NOT_SIZE_BEFORE = re.compile(
    r"\b(?:margin|margins|clearance|distance|incision|slice|thickness|depth|closest|within|"
    r"sections?)\s+(?:\w+\s+){0,3}$"
)
BOUND_SIGNS = {
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
    """A size in the text. Units: `largest_mm` in millimetres; `written` is a quantity with its unit."""

    start: int
    end: int
    written: str
    largest_mm: Decimal
    bound: str


def find_sizes(note: TokenisedNote) -> list[WrittenSize]:
    """Return current sizes; former sizes are ignored."""
    sizes = []
    for match in matches_near(note.lower, SIZE, LENGTH_UNIT_SUBSTRINGS, 70, 30):
        if (size := _size_now(note.lower, match, note.decimal_comma)) is not None:
            sizes.append(size)
            if match["range"] == "and" and match["upper"]:
                sizes += _smaller_size(match, size, note.decimal_comma)
    return sizes


def _smaller_size(match: re.Match[str], size: WrittenSize, decimal_comma: bool) -> list[WrittenSize]:
    """Return the smaller of two sizes, a lesion of its own: `28 mm and 14 mm`, `8 and 12 mm`."""
    unit = match["unit"] or match["unit_a"]
    smaller = min(_sizes_mm(match, 10 if unit.startswith("c") else 1, decimal_comma))
    if smaller == size.largest_mm:
        return []
    return [WrittenSize(size.start, size.end, f"{_decimal_text(smaller)} mm", smaller, "")]


def _size_now(text: str, match: re.Match[str], decimal_comma: bool) -> WrittenSize | None:
    unit = match["unit"] or match["unit_b"] or match["unit_a"]
    if (
        not unit
        or NOT_SIZE_AFTER.match(text[match.end() : match.end() + 30])
        or NOT_SIZE_BEFORE.search(text[max(0, match.start() - 45) : match.start()])
    ):
        return None
    if match["sign"] != "to" and match["old"] is None and _is_former(text[max(0, match.start() - 35) : match.start()]):
        return None
    if FORMER_AFTER.match(text[match.end() : match.end() + 30]):
        return None
    grown = match["sign"] == "to" and CHANGE_BEFORE.search(text[max(0, match.start() - 50) : match.start()])
    return _written_size(match, unit, decimal_comma, bounded=not grown)


def _is_former(before: str) -> bool:
    return contains_any(before, FORMER_SUBSTRINGS) and FORMER_BEFORE.search(before) is not None


def _written_size(match: re.Match[str], unit: str, decimal_comma: bool, bounded: bool) -> WrittenSize:
    factor = 10 if unit.startswith("c") else 1
    numbers = list(_sizes_mm(match, factor, decimal_comma))
    low, largest = numbers[0], max(numbers)
    sign = _bound_sign((match["sign"] or "").strip()) if bounded else ""
    written = f"{sign}{_decimal_text(largest)} mm"
    if match["upper"] and match["range"] != "and" and low < largest:
        written = f"{_decimal_text(low)}-{_decimal_text(largest)} mm"
    start = match.start("a") if not match["sign"] or match["old"] else match.start()
    return WrittenSize(start, match.end(), written, largest, sign)


def _bound_sign(sign: str) -> str:
    """Return the sign of a bound: `none larger than` and `not exceeding` are upper bounds like `up to`."""
    return "<=" if sign.startswith(("no", "all")) else BOUND_SIGNS.get(sign, "")


def _sizes_mm(match: re.Match[str], factor: int, decimal_comma: bool) -> Iterator[Decimal]:
    for name in ("a", "b", "c", "upper"):
        if match[name]:
            # The first number may have a unit of its own (`2 cm x 15 mm`); the others take the last unit.
            own_factor = 10 if name == "a" and (match["unit_a"] or "").startswith("c") else factor
            yield read_number(match[name], decimal_comma) * own_factor


def _decimal_text(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
