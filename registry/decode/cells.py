"""What a cell says, as the JSON of a summary; asked once for each distinct cell."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from registry.decode.headers import HeaderColumn, field_of
from registry.decode.value_cache import AskMany, ValueCache
from registry.options import ReadOptions
from schemas.summary.fields import FactField, YesNoField
from schemas.summary.quantity import NUMBER
from schemas.summary.quantity_fields import AgoField, QuantityField

BARE = re.compile(rf"\s*(?:<=|>=|<|>|≤|≥)?\s*{NUMBER}(?:\s*(?:-|–|to)\s*{NUMBER})?\s*\+?\s*")
YEAR = re.compile(r"\s*(?:19|20|21)\d\d\s*")
WHOLE = re.compile(r"\s*(\d{1,12})\.0+\s*")
SAYS_YES, SAYS_NO = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
"""What spreadsheets and REDCap write for a tick and for none."""

DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")

Reader = Callable[[Any], Any]


_READERS: dict[tuple[HeaderColumn, str], ValueCache] = {}
MAX_READERS = 5_000


def reader(column: HeaderColumn, options: ReadOptions) -> ValueCache:
    """What the cells of a column say, asked once for each distinct one; None is a cell that states nothing."""
    key = column, options.key()
    if key not in _READERS:
        if len(_READERS) > MAX_READERS:
            _READERS.clear()
        _READERS[key] = ValueCache(*_reader(column, options))
    return _READERS[key]


def _reader(column: HeaderColumn, options: ReadOptions) -> tuple[Reader, AskMany | None]:
    """What reads one cell, and where a text stands for itself also what reads many."""
    target, field = column.target, None if column.place.kind == "note" else _field(column)
    convert = _converter(field, target.unit, options)
    values: Mapping[str, Any] = target.values or {}
    missing = frozenset(options.missing)

    def read(cell: Any) -> Any:
        text: Any
        word: str | None
        if cell.__class__ is str:
            text = word = cell.strip()
        else:
            text = _plain(cell)
            word = _word(text)
        if text in (None, "") or word in missing:
            return None
        if word is not None and word in values:
            return values[word]
        return convert(text)

    def read_texts(cells: Sequence[Any]) -> dict[int, Any]:
        words = ((place, cell.strip()) for place, cell in enumerate(cells) if cell.__class__ is str)
        return {place: word for place, word in words if word and word not in missing and word not in values}

    return read, read_texts if convert is _verbatim else None


def _field(column: HeaderColumn) -> FactField | None:
    return None if column.place.kind in ("words", "records") else field_of(column.place.path)


def _word(value: Any) -> str | None:
    """The cell as somebody would write it in a list of words: 1.0 is 1."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    whole = WHOLE.fullmatch(text) if isinstance(value, float) else None
    return whole.group(1) if whole else text


def _plain(cell: Any) -> Any:
    """A cell of an Arrow column as JSON; what is not a number is not stated."""
    if isinstance(cell, float):
        return cell if isfinite(cell) else None
    if isinstance(cell, Decimal):
        return _plain(float(cell)) if cell.is_finite() else None
    if isinstance(cell, dict):
        return {key: _plain(value) for key, value in cell.items() if value is not None}
    if isinstance(cell, list):
        return [_plain(value) for value in cell]
    return cell


def _converter(field: FactField | None, unit: str | None, options: ReadOptions) -> Reader:
    if isinstance(field, YesNoField):
        return _truth
    if isinstance(field, AgoField):
        return lambda cell: _ago(_quantity(cell, unit, options), options.as_of)
    if isinstance(field, QuantityField) and (unit is not None or options.decimal == ","):
        return lambda cell: _quantity(cell, unit, options)
    return _verbatim


def _verbatim(cell: Any) -> Any:
    """The cell goes into the summary as it is written."""
    return cell


def _truth(cell: Any) -> Any:
    word = (_word(cell) or "").casefold()
    return True if word in SAYS_YES else False if word in SAYS_NO else cell


def _quantity(cell: Any, unit: str | None, options: ReadOptions) -> Any:
    if isinstance(cell, str) and options.decimal == ",":
        cell = DECIMAL_COMMA.sub(".", cell)
    if unit is None or isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return cell
    text = cell if isinstance(cell, str) else format(Decimal(str(cell)), "f")
    return f"{text} {unit}" if BARE.fullmatch(text) else cell


def _ago(cell: Any, as_of: int | None) -> Any:
    if isinstance(cell, dict):
        return cell
    word = _word(cell)
    if as_of is not None and word is not None and YEAR.fullmatch(word):
        return {"year": int(word), "as_of": as_of}
    return {"ago": cell}
