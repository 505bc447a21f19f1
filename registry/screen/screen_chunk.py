"""Screen a chunk for trials: the work of one task."""

from collections.abc import Sequence
from dataclasses import replace
from operator import add

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.trial import Trial
from registry.cohort.row_fallback import read_line_row, read_rows, read_table_row
from registry.cohort.validated_columns import Rows
from registry.cohort.vectorised import build_cohort
from registry.decode.columns import DecodedRows, decode_columns
from registry.decode.json_lines import decode_lines
from registry.decode.table_header import REFERENCE
from registry.options import ReadOptions
from registry.read.chunk import Chunk, RowFault, sort_faults
from registry.screen.compiled_screen import CompiledScreen, compile_screen, match_cohort
from registry.screen.results import ChunkResult, TrialResult
from schemas.summary.encode_patients import cohort_of
from schemas.summary.facts import Patient


def screen_chunk(payload: bytes, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Match every readable row of a packed chunk against every trial.

    Unknown: facts that a row does not report and that do not follow from a list that `options` assume complete.
    """
    return screen_rows(Chunk.from_bytes(payload), trials, options)


def screen_rows(chunk: Chunk, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Match every readable row of a chunk against every trial; see `screen_chunk`."""
    screen = compile_screen(tuple(trials))
    rows = decode_lines(chunk, options.notes) if chunk.layout == "lines" else decode_columns(chunk, options)
    cohort, needs_fallback = build_cohort(rows, options)
    results = match_cohort(cohort, screen, needs_fallback)
    return _add_fallback_rows(chunk, rows, screen, options, results, needs_fallback)


def screen_row_by_row(payload: bytes, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Screen a packed chunk with the row-by-row fallback only: the slow reference for `screen_chunk`."""
    chunk, screen = Chunk.from_bytes(payload), compile_screen(tuple(trials))
    rows = None if chunk.layout == "lines" else decode_columns(chunk, options)
    conflicting = {fault.row for fault in rows.faults} if rows else set()
    patients: list[Patient] = []
    numbers, faults = [], [*chunk.faults, *(rows.faults if rows else ())]
    for number, found in read_rows(chunk, rows, options):
        if number in conflicting:
            continue
        if isinstance(found, dict):
            patients.append(found)
            numbers.append(number)
        else:
            faults.extend(found)
    references = pa.array([patient[REFERENCE] for patient in patients], pa.string())
    results = _match_patients(patients, screen)
    return ChunkResult(np.array(numbers, np.int64), references, results, sort_faults(faults), options.assume_complete)


def rescreen_chunk(payload: bytes, old: ChunkResult, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Return the result with these trials added or replaced; versions that it has are not matched again."""
    changed = [trial for trial in trials if old.versions.get(trial.id) != trial.version]
    if not changed:
        return old
    new = {result.id: result for result in screen_chunk(payload, changed, options).trials}
    kept = tuple(new.pop(result.id, result) for result in old.trials)
    added = tuple(new[trial.id] for trial in changed if trial.id in new)
    return ChunkResult(old.numbers, old.references, (*kept, *added), old.faults, old.assumed)


def _match_patients(patients: Sequence[Patient], screen: CompiledScreen) -> tuple[TrialResult, ...]:
    return match_cohort(cohort_of(patients), screen, np.zeros(len(patients), np.bool_))


def _add_fallback_rows(
    chunk: Chunk,
    rows: DecodedRows,
    screen: CompiledScreen,
    options: ReadOptions,
    results: tuple[TrialResult, ...],
    needs_fallback: Rows,
) -> ChunkResult:
    """Read the rows that need the fallback one by one, and put their results in their places."""
    places, patients, faults = _read_fallback_rows(chunk, rows, needs_fallback, options)
    references = rows.references
    if patients:
        fallback = _match_patients(patients, screen)
        references = _replace_references(references, places, patients)
        results = tuple(_merge(*pair, np.array(places)) for pair in zip(results, fallback, strict=True))
    readable = ~needs_fallback
    readable[places] = True
    if not readable.all():
        results = tuple(replace(result, verdicts=result.verdicts[readable]) for result in results)
        references = references.filter(pa.array(readable))
    faults = [*chunk.faults, *rows.faults, *faults]
    return ChunkResult(rows.numbers[readable], references, results, sort_faults(faults), options.assume_complete)


def _read_fallback_rows(
    chunk: Chunk, rows: DecodedRows, needs_fallback: Rows, options: ReadOptions
) -> tuple[list[int], list[Patient], list[RowFault]]:
    """Return the readable rows among those that need the fallback, their patients, and the faults of the others."""
    conflicting = {fault.row for fault in rows.faults}
    places: list[int] = []
    patients: list[Patient] = []
    faults: list[RowFault] = []
    for row in np.flatnonzero(needs_fallback).tolist():
        if int(rows.numbers[row]) in conflicting:
            continue
        is_line = chunk.layout == "lines"
        found = read_line_row(chunk, row, options) if is_line else read_table_row(rows, row, options)
        if isinstance(found, dict):
            patients.append(found)
            places.append(row)
        else:
            faults.extend(found)
    return places, patients, faults


def _merge(result: TrialResult, fallback: TrialResult, places: NDArray[np.int64]) -> TrialResult:
    """Put the verdicts of the fallback rows in their places, and add their attrition."""
    result.verdicts[places] = fallback.verdicts
    return replace(result, attrition=tuple(map(add, result.attrition, fallback.attrition)))


def _replace_references(references: pa.Array, places: Sequence[int], patients: Sequence[Patient]) -> pa.Array:
    """Put the references of the fallback rows in their places."""
    names: list[str | None] = references.to_pylist()
    for place, patient in zip(places, patients, strict=True):
        names[place] = patient[REFERENCE]
    return pa.array(names, pa.string())
