"""Evaluate trials over a cohort: verdicts, attrition, and the rows that contradict themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce
from operator import add
from typing import cast

import numpy as np

from matching import nodes as c
from matching.cohort import Cohort, NumberColumn
from matching.columnar import PATIENTS_PER_BLOCK, Program, Value
from matching.dependencies import joining_nodes
from matching.trial import Trial
from matching.truth import Truths
from registry.cohort.validated_columns import Rows
from registry.limits import MAX_COMPILED_SCREENS
from registry.screen.attrition import CriterionTruths, count_attrition, count_truths
from registry.screen.results import TrialResult
from schemas.implications.contradictions import always_checked_nodes


@dataclass(frozen=True)
class CompiledScreen:
    """Trials as one program: its roots are the trials, then every criterion of each, then the contradiction checks.

    The criteria are parts of the trials' own nodes, so they cost nothing more. `kept` are the slots whose values are
    needed after the evaluation.
    """

    trials: tuple[Trial, ...]
    program: Program
    kept: frozenset[int]


@lru_cache(maxsize=MAX_COMPILED_SCREENS)
def compile_screen(trials: tuple[Trial, ...]) -> CompiledScreen:
    """Compile trials; cached, because every chunk of a file is matched against the same trials."""
    criteria = (criterion.requirement for trial in trials for criterion in trial.all_criteria())
    roots = [*(trial.requirement for trial in trials), *criteria]
    program = Program([*roots, *always_checked_nodes()])
    return CompiledScreen(trials, program, frozenset(program.roots[: len(roots)]) | _contradiction_slots(program))


def match_cohort(cohort: Cohort, screen: CompiledScreen, needs_fallback: Rows) -> tuple[TrialResult, ...]:
    """Return verdicts and attrition of each trial over the rows that do not need the fallback.

    Rows that contradict themselves are added to `needs_fallback`, in place.
    """
    parts = []
    for start in range(0, max(cohort.size, 1), PATIENTS_PER_BLOCK):
        stop = min(start + PATIENTS_PER_BLOCK, cohort.size)
        block = cohort if cohort.size <= PATIENTS_PER_BLOCK else cohort.rows(start, stop)
        parts.append(_match_block(block, screen, needs_fallback[start:stop]))
    return tuple(_join_blocks(blocks) for blocks in zip(*parts, strict=True))


def _match_block(cohort: Cohort, screen: CompiledScreen, needs_fallback: Rows) -> list[TrialResult]:
    values = screen.program.values(cohort, screen.kept)
    needs_fallback |= _contradicting_rows(screen.program, values, cohort)
    excluded = needs_fallback if needs_fallback.any() else None
    truths = _BlockTruths(screen.program, values, excluded, cohort.size)
    results, root = [], len(screen.trials)
    for number, trial in enumerate(screen.trials):
        criteria = {criterion.path: truths.at(root + line) for line, criterion in enumerate(trial.all_criteria())}
        root += len(criteria)
        verdicts = np.array(np.broadcast_to(truths.at(number).truths, cohort.size))
        results.append(TrialResult(trial.id, trial.version, verdicts, count_attrition(trial, criteria, cohort.size)))
    return results


@dataclass(frozen=True)
class _BlockTruths:
    """The truths of a program's roots over a block; excluded rows are TRUE, so that no count includes them."""

    program: Program
    values: Mapping[int, Value]
    excluded: Rows | None
    size: int
    counted: dict[int, CriterionTruths] = field(default_factory=dict)

    def at(self, root: int) -> CriterionTruths:
        """Return the truths of a root, counted once even if several trials share it."""
        slot = self.program.roots[root]
        if slot not in self.counted:
            truths = cast(Truths, self.values[slot])
            masked = truths if self.excluded is None else np.where(self.excluded, np.int8(1), truths)
            self.counted[slot] = count_truths(masked, self.size)
        return self.counted[slot]


def _join_blocks(blocks: tuple[TrialResult, ...]) -> TrialResult:
    """Join the results of one trial over all blocks."""
    if len(blocks) == 1:
        return blocks[0]
    attrition = tuple(reduce(add, lines) for lines in zip(*(block.attrition for block in blocks), strict=True))
    return replace(blocks[0], verdicts=np.concatenate([block.verdicts for block in blocks]), attrition=attrition)


def _contradiction_slots(program: Program) -> frozenset[int]:
    """Return the slots that `_contradicting_rows` reads, of a program with the watched nodes."""
    return frozenset(
        program.slot_for_records(source, scope)
        for node, scope in joining_nodes(always_checked_nodes())
        for source in c.children(node)
    )


def _contradicting_rows(program: Program, values: Mapping[int, Value], cohort: Cohort) -> Rows:
    """Return the rows in which two sources of a fact disagree: `schemas.implications.contradictions` refuses them."""
    found = np.zeros(cohort.size, np.bool_)
    for node, scope in joining_nodes(always_checked_nodes()):
        disagree = _disagreements([values[program.slot_for_records(source, scope)] for source in c.children(node)])
        if not disagree.any():
            continue
        if scope is None:
            found |= disagree
        else:
            offsets = cohort.table(scope).offsets
            found[np.searchsorted(offsets, np.flatnonzero(disagree), side="right") - 1] = True
    return found


def _disagreements(sources: Sequence[Value]) -> Rows:
    first = sources[0]
    if isinstance(first, NumberColumn):
        lo, hi = first.lo, first.hi
        for source in sources[1:]:
            assert isinstance(source, NumberColumn)
            lo, hi = np.maximum(lo, source.lo), np.minimum(hi, source.hi)
        return np.greater(lo, hi)
    truths = [cast(Truths, source) for source in sources]
    return np.less(reduce(np.minimum, truths), 0) & np.greater(reduce(np.maximum, truths), 0)
