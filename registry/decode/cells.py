"""Read a cell as the JSON of a summary, once for each distinct cell."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

from registry.decode.table_header import HeaderColumn, field_of
from registry.decode.value_cache import BulkFunction, ValueCache
from registry.limits import MAX_CACHED_READERS
from registry.options import ReadOptions
from schemas.summary.fields import FactField, YesNoField
from schemas.summary.quantity import NUMBER
from schemas.summary.quantity_fields import AgoField, QuantityField

BARE_QUANTITY = re.compile(rf"\s*(?:<=|>=|<|>|≤|≥)?\s*{NUMBER}(?:\s*(?:-|–|to)\s*{NUMBER})?\s*\+?\s*")
YEAR = re.compile(r"\s*(?:19|20|21)\d\d\s*")
WHOLE_FLOAT = re.compile(r"\s*(\d{1,12})\.0+\s*")
YES_WORDS, NO_WORDS = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})
"""What spreadsheets and REDCap write for a ticked and an empty box."""

DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")

ReadCell = Callable[[Any], Any]

_readers: dict[tuple[HeaderColumn, str], ValueCache] = {}


def cell_reader(column: HeaderColumn, options: ReadOptions) -> ValueCache:
    """Return the cached reader of the cells of a column; it gives None for a cell that reports nothing."""
    key = column, options.canonical_json
    if key not in _readers:
        if len(_readers) > MAX_CACHED_READERS:
            _readers.clear()
        _readers[key] = ValueCache(*_cell_reader(column, options))
    return _readers[key]


def _cell_reader(column: HeaderColumn, options: ReadOptions) -> tuple[ReadCell, BulkFunction | None]:
    """Return the function that reads a cell, and a bulk function if texts stay as they are."""
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
            text = plain_json(cell)
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
    """Return the cell as it would be written in a list of words: 1.0 is `1`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    whole = WHOLE_FLOAT.fullmatch(text) if isinstance(value, float) else None
    return whole.group(1) if whole else text


def plain_json(cell: Any) -> Any:
    """Return a cell of an Arrow column as JSON; NaN and infinity count as empty."""
    if isinstance(cell, float):
        return cell if isfinite(cell) else None
    if isinstance(cell, Decimal):
        return plain_json(float(cell)) if cell.is_finite() else None
    if isinstance(cell, dict):
        return {key: plain_json(value) for key, value in cell.items() if value is not None}
    if isinstance(cell, list):
        return [plain_json(value) for value in cell]
    return cell


def _converter(field: FactField | None, unit: str | None, options: ReadOptions) -> ReadCell:
    if isinstance(field, YesNoField):
        return _read_yes_no
    if isinstance(field, AgoField):
        return lambda cell: _read_ago(_read_quantity(cell, unit, options), options.as_of)
    if isinstance(field, QuantityField) and (unit is not None or options.decimal == ","):
        return lambda cell: _read_quantity(cell, unit, options)
    return _verbatim


def _verbatim(cell: Any) -> Any:
    """Copy the cell into the summary as it is written."""
    return cell


def _read_yes_no(cell: Any) -> Any:
    word = (_word(cell) or "").casefold()
    return True if word in YES_WORDS else False if word in NO_WORDS else cell


def _read_quantity(cell: Any, unit: str | None, options: ReadOptions) -> Any:
    if isinstance(cell, str) and options.decimal == ",":
        cell = DECIMAL_COMMA.sub(".", cell)
    if unit is None or isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return cell
    text = cell if isinstance(cell, str) else format(Decimal(str(cell)), "f")
    return f"{text} {unit}" if BARE_QUANTITY.fullmatch(text) else cell


def _read_ago(cell: Any, as_of: int | None) -> Any:
    if isinstance(cell, dict):
        return cell
    word = _word(cell)
    if as_of is not None and word is not None and YEAR.fullmatch(word):
        return {"year": int(word), "as_of": as_of}
    return {"ago": cell}
