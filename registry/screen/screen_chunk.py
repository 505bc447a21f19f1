"""A chunk against trials: the work of one task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import add
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matching.cohort import Cohort
from matching.columnar import BLOCK, Program, Value
from matching.trial import Trial
from matching.truth import Truths
from registry.cohort.contradicting_rows import contradicting, sources
from registry.cohort.row_fallback import read_line_row, read_raw_row, rows_of
from registry.cohort.vectorised import cohort_of_raw
from registry.decode.columns import DistinctRows, raw_of
from registry.decode.json_lines import raw_of_lines
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.screen.attrition import CriterionTruths, attrition, line_of
from registry.screen.results import ChunkResult, TrialResult
from registry.screen.row_faults import in_order
from schemas.summary.contradictions import watched
from schemas.summary.encode_patients import cohort_of
from schemas.summary.facts import Patient

Rows = NDArray[np.bool_]


@dataclass(frozen=True)
class CompiledScreen:
    """Trials as one program: first the trials, then every line of each, then what every summary is checked for.

    The lines are parts of the trials' own nodes, so they cost nothing more.
    """

    trials: tuple[Trial, ...]
    program: Program
    keep: frozenset[int]


@lru_cache(maxsize=16)
def compiled(trials: tuple[Trial, ...]) -> CompiledScreen:
    """Kept for as long as the same trials are matched again and again."""
    lines = (criterion.requirement for trial in trials for criterion in trial.all_criteria())
    roots = [*(trial.requirement for trial in trials), *lines]
    program = Program([*roots, *watched()])
    return CompiledScreen(trials, program, frozenset(program.roots[: len(roots)]) | sources(program))


def screen_chunk(payload: bytes, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """Every readable row of a chunk against every trial.

    Unknown: whatever a row does not state, and does not follow from a list that `options` takes for complete.
    """
    return screen(Chunk.from_bytes(payload), trials, options)


def screen(chunk: Chunk, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """The same for a chunk that is not packed."""
    program = compiled(tuple(trials))
    raw = raw_of_lines(chunk, options.notes) if chunk.layout == "lines" else raw_of(chunk, options)
    return _all_at_once(chunk, raw, program, options)


def screen_each_row(payload: bytes, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """The same one row after the other: slow and obvious, and what the fast way is held against."""
    chunk = Chunk.from_bytes(payload)
    raw = None if chunk.layout == "lines" else raw_of(chunk, options)
    return _row_by_row(chunk, raw, compiled(tuple(trials)), options)


def rescreen(payload: bytes, old: ChunkResult, trials: Sequence[Trial], options: ReadOptions) -> ChunkResult:
    """The result with these trials matched anew or added; a version that it has already is not matched again."""
    changed = [trial for trial in trials if old.versions.get(trial.id) != trial.version]
    if not changed:
        return old
    fresh = {one.id: one for one in screen_chunk(payload, changed, options).trials}
    kept = tuple(fresh.pop(one.id, one) for one in old.trials)
    added = tuple(fresh[trial.id] for trial in changed if trial.id in fresh)
    return ChunkResult(old.numbers, old.references, (*kept, *added), old.faults, old.assumed)


def _row_by_row(chunk: Chunk, raw: DistinctRows | None, program: CompiledScreen, options: ReadOptions) -> ChunkResult:
    contradicted = {fault.row for fault in raw.faults} if raw else set()
    patients: list[Patient] = []
    numbers, faults = [], [*chunk.faults, *(raw.faults if raw else ())]
    for number, found in rows_of(chunk, raw, options):
        if number in contradicted:
            continue
        if isinstance(found, dict):
            patients.append(found)
            numbers.append(number)
        else:
            faults.extend(found)
    trials = _match(cohort_of(patients), program)[0]
    return ChunkResult(np.array(numbers, np.int64), _references(patients), trials, in_order(faults), _assumed(options))


def _all_at_once(chunk: Chunk, raw: DistinctRows, program: CompiledScreen, options: ReadOptions) -> ChunkResult:
    """All rows as columns; the odd ones by the row reader, and each put back in its place."""
    cohort, odd = cohort_of_raw(raw, options)
    trials, odd = _match(cohort, program, odd)
    rows = np.flatnonzero(odd)
    contradicted = {fault.row for fault in raw.faults}
    patients: list[Patient] = []
    places: list[int] = []
    faults = [*chunk.faults, *raw.faults]
    for row in rows.tolist():
        if int(raw.numbers[row]) in contradicted:
            continue
        by_line = chunk.layout == "lines"
        found = read_line_row(chunk, row, options) if by_line else read_raw_row(raw, row, options)
        if isinstance(found, dict):
            patients.append(found)
            places.append(row)
        else:
            faults.extend(found)
    if patients:
        read, _ = _match(cohort_of(patients), program)
        raw = replace(raw, references=_named(raw.references, places, patients))
        trials = tuple(_patched(trial, one, np.array(places)) for trial, one in zip(trials, read, strict=True))
    kept = np.ones(raw.size, np.bool_)
    kept[rows] = False
    kept[places] = True
    references = raw.references
    if not kept.all():
        trials = tuple(replace(trial, verdicts=trial.verdicts[kept]) for trial in trials)
        references = references.filter(pa.array(kept))
    return ChunkResult(raw.numbers[kept], references, trials, in_order(faults), _assumed(options))


def _match(cohort: Cohort, program: CompiledScreen, odd: Rows | None = None) -> tuple[tuple[TrialResult, ...], Rows]:
    """Verdicts and attrition of each trial over the rows that are not odd, and which rows are odd.

    A row that contradicts itself is odd as well.
    """
    unread = np.zeros(cohort.size, np.bool_) if odd is None else odd
    parts = []
    for start in range(0, max(cohort.size, 1), BLOCK):
        stop = min(start + BLOCK, cohort.size)
        block = cohort if cohort.size <= BLOCK else cohort.rows(start, stop)
        parts.append(_match_block(block, program, unread[start:stop]))
    return tuple(_one_after_the_other(one) for one in zip(*parts, strict=True)), unread


def _match_block(cohort: Cohort, program: CompiledScreen, odd: Rows) -> list[TrialResult]:
    """`odd` is added to, in place."""
    values = program.program.values(cohort, program.keep)
    odd |= contradicting(program.program, values, cohort)
    truths = _BlockTruths(program.program, values, odd if odd.any() else None, cohort.size)
    found, place = [], len(program.trials)
    for number, trial in enumerate(program.trials):
        lines = {criterion.path: truths.line(place + line) for line, criterion in enumerate(trial.all_criteria())}
        place += len(lines)
        verdicts = np.array(np.broadcast_to(truths.line(number).truths, cohort.size))
        found.append(TrialResult(trial.id, trial.version, verdicts, attrition(trial, lines, cohort.size)))
    return found


@dataclass(frozen=True)
class _BlockTruths:
    """The roots of a program over a block; odd rows are TRUE, so that they are counted nowhere."""

    program: Program
    values: Mapping[int, Value]
    odd: Rows | None
    size: int
    known: dict[int, CriterionTruths] = field(default_factory=dict)

    def line(self, root: int) -> CriterionTruths:
        """A root, counted once however many trials share it."""
        slot = self.program.roots[root]
        if slot not in self.known:
            truths = cast(Truths, self.values[slot])
            spread = truths if self.odd is None else np.where(self.odd, np.int8(1), truths)
            self.known[slot] = line_of(spread, self.size)
        return self.known[slot]


def _one_after_the_other(parts: tuple[TrialResult, ...]) -> TrialResult:
    """One trial over all blocks."""
    if len(parts) == 1:
        return parts[0]
    lines = tuple(reduce(add, line) for line in zip(*(part.attrition for part in parts), strict=True))
    return replace(parts[0], verdicts=np.concatenate([part.verdicts for part in parts]), attrition=lines)


def _patched(trial: TrialResult, odd: TrialResult, places: NDArray[np.int64]) -> TrialResult:
    """With the verdicts of rows that were read by themselves at their places."""
    trial.verdicts[places] = odd.verdicts
    lines = tuple(map(add, trial.attrition, odd.attrition))
    return replace(trial, attrition=lines)


def _references(patients: Sequence[Patient]) -> pa.Array:
    return pa.array([patient["patient_ref"] for patient in patients], pa.string())


def _named(references: pa.Array, places: Sequence[int], patients: Sequence[Patient]) -> pa.Array:
    """With the references of rows that were read by themselves at their places."""
    names: list[str | None] = references.to_pylist()
    for place, patient in zip(places, patients, strict=True):
        names[place] = patient["patient_ref"]
    return pa.array(names, pa.string())


def _assumed(options: ReadOptions) -> tuple[str, ...]:
    return options.assume_complete
