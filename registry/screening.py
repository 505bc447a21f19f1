"""A chunk against trials: the work of one task."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.cohort import Cohort
from matching.evaluate import Program, evaluate
from matching.trial import Trial
from registry.attrition import attrition
from registry.chunk import Chunk, RowFault
from registry.options import ReadOptions
from registry.raw import raw_of
from registry.result import ChunkResult, TrialResult
from registry.summaries import rows_of
from schemas.columns import cohort_of


@dataclass(frozen=True)
class Readable:
    """The rows of a chunk that could be read, as a cohort. Shape: one row each of `numbers` and `references`."""

    numbers: NDArray[np.int64]
    references: pa.Array
    cohort: Cohort
    faults: tuple[RowFault, ...]


def screen_chunk(payload: bytes, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Every readable row of a chunk against every trial.

    Unknown: whatever a row does not state, and does not follow from a list that `options` takes for complete.
    """
    chunk = Chunk.from_bytes(payload)
    rows = read_rows(chunk, options)
    found = match_rows(rows.cohort, trials)
    faults = tuple(sorted((*chunk.faults, *rows.faults), key=lambda fault: (fault.row, fault.path, fault.message)))
    return ChunkResult(rows.numbers, rows.references, found, faults, options.assume_complete)


def rescreen(payload: bytes, old: ChunkResult, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """The result with these trials matched anew or added; a version that it has already is not matched again."""
    changed = [trial for trial in trials if old.versions.get(trial.id) != trial.version]
    if not changed:
        return old
    fresh = {one.id: one for one in screen_chunk(payload, changed, options).trials}
    kept = tuple(fresh.pop(one.id, one) for one in old.trials)
    added = tuple(fresh[trial.id] for trial in changed if trial.id in fresh)
    return ChunkResult(old.numbers, old.references, (*kept, *added), old.faults, old.assumed)


def read_rows(chunk: Chunk, options: ReadOptions) -> Readable:
    """The rows of a chunk, checked as a summary of the API is."""
    return read_each_row(chunk, options)


def read_each_row(chunk: Chunk, options: ReadOptions) -> Readable:
    """The same one row after the other."""
    raw = None if chunk.layout == "lines" else raw_of(chunk, options)
    contradicted = {fault.row for fault in raw.faults} if raw else set()
    patients, numbers, faults = [], [], list(raw.faults if raw else ())
    for number, found in rows_of(chunk, raw, options):
        if number in contradicted:
            continue
        if isinstance(found, dict):
            patients.append(found)
            numbers.append(number)
        else:
            faults.extend(found)
    references = pa.array([patient["patient_ref"] for patient in patients], pa.string())
    return Readable(np.array(numbers, np.int64), references, cohort_of(patients), tuple(faults))


def match_rows(cohort: Cohort, trials: Sequence[Trial]) -> tuple[TrialResult, ...]:
    """Verdicts and attrition of each trial."""
    program = _program(tuple(trials))
    truths = evaluate(program, cohort)
    found, place = [], len(trials)
    for number, trial in enumerate(trials):
        lines = [criterion.path for criterion in trial.all_criteria()]
        own = dict(zip(lines, truths[place : place + len(lines)], strict=True))
        place += len(lines)
        found.append(TrialResult(trial.id, trial.version, truths[number], attrition(trial, own, cohort.size)))
    return tuple(found)


@lru_cache(maxsize=16)
def _program(trials: tuple[Trial, ...]) -> Program:
    """First the trials, then every criterion of each: parts of the same nodes, which cost nothing more."""
    lines = (criterion.requirement for trial in trials for criterion in trial.all_criteria())
    return Program([*(trial.requirement for trial in trials), *lines])
