"""Records whose fields bear on each other, checked together once for each distinct combination."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from marshmallow import ValidationError
from numpy.typing import NDArray

from matching.cohort import Column, NumberColumn, YesNoColumn
from matching.interval import CONTINUOUS_STEP
from registry.cohort.checked_columns import BAD, column_of, memory_of, storable
from registry.decode.columns import DistinctColumn
from registry.decode.plain_quantities import plain_measures
from registry.decode.value_cache import ValueCache
from schemas.summary.declared_facts import declared
from schemas.summary.derive import AGO, NOW
from schemas.summary.fields import FactField
from schemas.summary.lab_units import check_unit, dimension_of
from schemas.summary.quantity_fields import QuantityField

VARIANTS = "genomics.variants"
NAMED_BY = ("gene", "alteration", "alteration_type", "codon", "fusion_partner")
"""What `normalise_variant` reads and writes."""

TABLE = 16
"""Places of a table for each row, up to which it is faster than a sort (measured)."""

Rows = NDArray[np.bool_]


def fields(table: str) -> dict[str, FactField]:
    """The fields of a table's records."""
    return {fact.keys[0]: fact.field for fact in declared().tables[table].facts}


def distinct_rows(columns: Sequence[NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first row of each distinct combination of codes, and which combination each row has."""
    key, kinds = np.zeros(len(columns[0]), np.int64), 1
    for codes in columns:
        most = int(codes.max(initial=-1)) + 2
        key, kinds = _renumbered(key * most + (codes + 1), kinds * most)
    firsts = np.empty(kinds, np.int64)
    firsts[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return firsts, key


def _renumbered(key: NDArray[np.int64], most: int) -> tuple[NDArray[np.int64], int]:
    """Numbers below `most` as their places among those that occur: by a table, where a sort would take longer."""
    if most > TABLE * (len(key) + 1):
        distinct, places = np.unique(key, return_inverse=True)
        return places, len(distinct)
    there = np.zeros(most, np.bool_)
    there[key] = True
    return (np.cumsum(there) - 1)[key], int(np.count_nonzero(there))


def variants(raw: Mapping[str, DistinctColumn]) -> tuple[dict[str, Column], Rows | None]:
    """The fields that name a variant, normalised, and the records that name none."""
    named = [name for name in NAMED_BY if name in raw]
    firsts, which = distinct_rows([raw[name].codes for name in named])
    records = [{name: raw[name].at(row) for name in named} for row in firsts.tolist()]
    loaded = [_variants().one(record) for record in records]
    bad = np.array([one is BAD for one in loaded], np.bool_)
    out = {}
    for name in NAMED_BY:
        field = fields(VARIANTS)[name]
        values = [None if one is BAD else _canonical(field, one.get(name)) for one in loaded]
        out[name] = column_of(field, values, which)
    return out, bad[which] if bad.any() else None


@cache
def _variants() -> ValueCache:
    schema = declared().tables[VARIANTS].field.schema

    def load(record: dict[str, Any]) -> Any:
        stated = {name: value for name, value in record.items() if value is not None}
        if not storable(stated):
            return BAD
        try:
            return schema.load(stated, many=False)
        except ValidationError:
            return BAD

    return ValueCache(load)


def _canonical(field: FactField, value: Any) -> Any:
    return field.interval(value) if isinstance(field, QuantityField) and value is not None else value


def stopped(columns: Mapping[str, Column], stated: Rows | None) -> tuple[NumberColumn, Rows]:
    """When a drug was stopped: now, where it goes on; and the records that state both."""
    ongoing, time = columns["ongoing"], columns["stopped"]
    assert isinstance(ongoing, YesNoColumn)
    assert isinstance(time, NumberColumn)
    now, goes_on = AGO.interval(NOW), ongoing.values > 0
    odd = goes_on & (stated if stated is not None else False) & (time.lo > 0)
    return NumberColumn(np.where(goes_on, now.lo, time.lo), np.where(goes_on, now.hi, time.hi)), odd


def measured(raw: Mapping[str, DistinctColumn], key: str, size: int) -> tuple[NumberColumn, Rows, Rows]:
    """A laboratory value in the unit of its analyte; where it is stated; and the records whose unit does not fit."""
    absent = DistinctColumn(np.full(size, -1, np.int32), [])
    analyte, value = raw.get("analyte", absent), raw.get(key, absent)
    firsts, which = distinct_rows([analyte.codes, value.codes])
    names, written = analyte.codes[firsts], value.codes[firsts]
    found: list[Any] = [None] * len(firsts)
    for code, name in enumerate(memory_of(fields("labs")["analyte"]).all(analyte.values)):
        places = np.flatnonzero((names == code) & (written >= 0)).tolist()
        values = [value.values[written[place]] for place in places]
        answers = [BAD] * len(places) if name is BAD else _of_analyte(name).all(values)
        for place, answer in zip(places, answers, strict=True):
            found[place] = answer
    bad = np.array([one is BAD for one in found], np.bool_)
    column = column_of(fields("labs")[key], [None if one is BAD else one for one in found], which)
    assert isinstance(column, NumberColumn)
    return column, value.codes >= 0, bad[which]


@cache
def _of_analyte(analyte: str) -> ValueCache:
    """Laboratory values in the unit of one analyte."""
    as_written = memory_of(fields("labs")["value"])

    def in_unit(value: Any) -> Any:
        written = as_written.one(value)
        if written is BAD:
            return BAD
        try:
            return check_unit({"analyte": analyte, "value": written}, "value")
        except ValidationError:
            return BAD

    return ValueCache(in_unit, lambda values: plain_measures(dimension_of(analyte), values))


def multiples(
    value: NumberColumn, limit: NumberColumn, both: Rows, multiple: NumberColumn, stated: Rows | None
) -> tuple[NumberColumn, Rows]:
    """The multiple of the upper limit that follows from both, met with the stated one; and where they contradict."""
    follows = both & (limit.lo > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _on_grid(value.lo / limit.hi), _on_grid(value.hi / limit.lo)
    return meet(multiple, NumberColumn(low, high), follows, stated)


def _on_grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.rint(values / CONTINUOUS_STEP) * CONTINUOUS_STEP


def meet(
    stated: NumberColumn, derived: NumberColumn, follows: Rows, is_stated: Rows | None
) -> tuple[NumberColumn, Rows]:
    """What both allow where something follows; where they allow nothing the stated one stays, and is odd if stated."""
    lo, hi = np.maximum(stated.lo, derived.lo), np.minimum(stated.hi, derived.hi)
    fits = follows & (lo <= hi)
    odd = follows & ~fits & (is_stated if is_stated is not None else False)
    return NumberColumn(np.where(fits, lo, stated.lo), np.where(fits, hi, stated.hi)), odd
