"""Check and derive values that depend on several fields of a record, or on the other records of a patient."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from marshmallow import ValidationError
from numpy.typing import NDArray

from matching.cohort import Column, NumberColumn, YesNoColumn
from matching.interval import CONTINUOUS_STEP
from registry.cohort.validated_columns import REFUSED, Rows, build_column, is_valid_json, value_cache_of
from registry.decode.columns import DistinctColumn
from registry.decode.plain_quantities import read_plain_measures
from registry.decode.value_cache import ValueCache
from registry.limits import MAX_TABLE_PLACES_PER_ROW, MAX_VECTORISED_COURSES
from schemas.summary.alteration import comparable_alteration
from schemas.summary.declared_facts import declared
from schemas.summary.derive import AGO, NOW
from schemas.summary.fields import FactField
from schemas.summary.lab_units import check_unit, dimension_of
from schemas.summary.quantity_fields import QuantityField

VARIANTS = "genomics.variants"
TESTED = "genomics.tested"
VARIANT_NAME_FIELDS = ("gene", "alteration", "alteration_type", "codon", "fusion_partner", "significance")
"""The fields that `normalise_variant` reads and writes."""


def record_fields(table: str) -> dict[str, FactField]:
    """Return the fields of a table's records."""
    return {fact.keys[0]: fact.field for fact in declared().tables[table].facts}


def distinct_combinations(columns: Sequence[NDArray[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first row of each distinct combination of codes, and the combination of each row."""
    key, kinds = np.zeros(len(columns[0]), np.int64), 1
    for codes in columns:
        count = int(codes.max(initial=-1)) + 2
        key, kinds = _renumber(key * count + (codes + 1), kinds * count)
    firsts = np.empty(kinds, np.int64)
    firsts[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return firsts, key


def _renumber(key: NDArray[np.int64], bound: int) -> tuple[NDArray[np.int64], int]:
    """Renumber keys below `bound` without gaps, by a table where that is faster than a sort."""
    if bound > MAX_TABLE_PLACES_PER_ROW * (len(key) + 1):
        distinct, places = np.unique(key, return_inverse=True)
        return places, len(distinct)
    occurs = np.zeros(bound, np.bool_)
    occurs[key] = True
    return (np.cumsum(occurs) - 1)[key], int(np.count_nonzero(occurs))


def normalise_variants(decoded: Mapping[str, DistinctColumn]) -> tuple[dict[str, Column], Rows | None]:
    """Return the normalised fields that name a variant, and the records that are refused (None: no record)."""
    named = [name for name in VARIANT_NAME_FIELDS if name in decoded]
    firsts, combination = distinct_combinations([decoded[name].codes for name in named])
    records = [{name: decoded[name].at(row) for name in named} for row in firsts.tolist()]
    variants = [_variant_cache().get(record) for record in records]
    refused = np.array([variant is REFUSED for variant in variants], np.bool_)
    compared = [
        {} if variant is REFUSED else {**variant, "alteration": comparable_alteration(variant)} for variant in variants
    ]
    out = {}
    for name in VARIANT_NAME_FIELDS:
        field = record_fields(VARIANTS)[name]
        values = [_canonical(field, variant.get(name)) for variant in compared]
        out[name] = build_column(field, values, combination)
    return out, refused[combination] if refused.any() else None


@cache
def _variant_cache() -> ValueCache:
    schema = declared().tables[VARIANTS].field.schema

    def load(record: dict[str, Any]) -> Any:
        reported = {name: value for name, value in record.items() if value is not None}
        if not is_valid_json(reported):
            return REFUSED
        try:
            return schema.load(reported, many=False)
        except ValidationError:
            return REFUSED

    return ValueCache(load)


def _canonical(field: FactField, value: Any) -> Any:
    return field.interval(value) if isinstance(field, QuantityField) and value is not None else value


def stop_times(columns: Mapping[str, Column], is_reported: Rows | None) -> tuple[NumberColumn, Rows]:
    """Return when each drug was stopped (now if ongoing), and the records that are ongoing and stopped earlier."""
    ongoing, time = columns["ongoing"], columns["stopped"]
    assert isinstance(ongoing, YesNoColumn)
    assert isinstance(time, NumberColumn)
    now, is_ongoing = AGO.interval(NOW), ongoing.values > 0
    contradicts = is_ongoing & (is_reported if is_reported is not None else False) & (time.lo > 0)
    return NumberColumn(np.where(is_ongoing, now.lo, time.lo), np.where(is_ongoing, now.hi, time.hi)), contradicts


def lab_values(decoded: Mapping[str, DistinctColumn], key: str, size: int) -> tuple[NumberColumn, Rows, Rows]:
    """Return a laboratory value in the unit of its analyte, where it is reported, and the records refused for it."""
    absent = DistinctColumn(np.full(size, -1, np.int32), [])
    analyte, value = decoded.get("analyte", absent), decoded.get(key, absent)
    firsts, combination = distinct_combinations([analyte.codes, value.codes])
    analyte_codes, value_codes = analyte.codes[firsts], value.codes[firsts]
    loaded: list[Any] = [None] * len(firsts)
    for code, name in enumerate(value_cache_of(record_fields("labs")["analyte"]).get_all(analyte.values)):
        places = np.flatnonzero((analyte_codes == code) & (value_codes >= 0)).tolist()
        written = [value.values[value_codes[place]] for place in places]
        results = [REFUSED] * len(places) if name is REFUSED else _analyte_cache(name).get_all(written)
        for place, result in zip(places, results, strict=True):
            loaded[place] = result
    refused = np.array([result is REFUSED for result in loaded], np.bool_)
    accepted = [None if result is REFUSED else result for result in loaded]
    column = build_column(record_fields("labs")[key], accepted, combination)
    assert isinstance(column, NumberColumn)
    return column, value.codes >= 0, refused[combination]


@cache
def _analyte_cache(analyte: str) -> ValueCache:
    """Return the cache of laboratory values in the unit of one analyte."""
    loaded_values = value_cache_of(record_fields("labs")["value"])

    def in_unit(value: Any) -> Any:
        loaded = loaded_values.get(value)
        if loaded is REFUSED:
            return REFUSED
        try:
            return check_unit({"analyte": analyte, "value": loaded}, "value")
        except ValidationError:
            return REFUSED

    return ValueCache(in_unit, lambda values: read_plain_measures(dimension_of(analyte), values))


def limit_multiples(
    value: NumberColumn, limit: NumberColumn, both: Rows, multiple: NumberColumn, is_reported: Rows | None
) -> tuple[NumberColumn, Rows]:
    """Narrow the reported multiple of the upper limit to the derived one; and return where the two contradict."""
    follows = both & (limit.lo > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _on_grid(value.lo / limit.hi), _on_grid(value.hi / limit.lo)
    return narrow(multiple, NumberColumn(low, high), follows, is_reported)


def _on_grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.rint(values / CONTINUOUS_STEP) * CONTINUOUS_STEP


def narrow(
    column: NumberColumn, derived: NumberColumn, follows: Rows, is_reported: Rows | None
) -> tuple[NumberColumn, Rows]:
    """Narrow a column to the derived values, where `follows`; and return where a reported value contradicts them.

    Where the two contradict, the column is unchanged.
    """
    lo, hi = np.maximum(column.lo, derived.lo), np.minimum(column.hi, derived.hi)
    fits = follows & (lo <= hi)
    contradicts = follows & ~fits & (is_reported if is_reported is not None else False)
    return NumberColumn(np.where(fits, lo, column.lo), np.where(fits, hi, column.hi)), contradicts


def course_gaps(
    given: NumberColumn, is_dated: Rows, offsets: NDArray[np.int64], complete: Rows
) -> tuple[NumberColumn, Rows]:
    """Return the time since the course before, and the courses that have one; see `schemas.summary.derive.gaps`.

    Only for patients whose list of courses is complete and whose courses are all dated.
    """
    out = NumberColumn(np.zeros(len(is_dated)), np.zeros(len(is_dated)))
    follows = np.zeros(len(is_dated), np.bool_)
    counts = np.diff(offsets)
    for count in range(2, min(MAX_VECTORISED_COURSES, int(counts.max(initial=0))) + 1):
        rows = np.flatnonzero(complete & (counts == count))
        places = offsets[rows][:, None] + np.arange(count)
        places = places[is_dated[places].all(axis=1)]
        if len(places):
            _fill_gaps(out, follows, places, given)
    return out, follows


def _fill_gaps(out: NumberColumn, follows: Rows, places: NDArray[np.int64], given: NumberColumn) -> None:
    """Fill the gaps of patients with the same number of courses. Shape: `places` patients x courses."""
    lo, hi = given.lo[places], given.hi[places]
    for course in range(places.shape[1]):
        first, last = lo[:, course : course + 1], hi[:, course : course + 1]
        earlier, later = lo > last, hi < first
        sure = earlier.any(axis=1) & ((earlier | later).sum(axis=1) == places.shape[1] - 1)
        before_lo = np.where(earlier, lo, np.inf).min(axis=1)
        before_hi = np.where(earlier, hi, np.inf).min(axis=1)
        chosen = places[sure, course]
        out.lo[chosen], out.hi[chosen] = (before_lo - hi[:, course])[sure], (before_hi - lo[:, course])[sure]
        follows[chosen] = True
