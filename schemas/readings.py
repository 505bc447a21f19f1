"""Compiled criteria, kept for as long as the same trials are matched again and again."""

from functools import lru_cache

from matching import criteria as c
from matching.cohort import Cohort
from matching.evaluate import Program
from matching.explain import OnePatient
from schemas.columns import cohort_of, no_records
from schemas.derived import written_at
from schemas.patient import Patient
from schemas.words import WORDS


@lru_cache(maxsize=64)
def program_of(roots: tuple[c.TruthNode, ...]) -> Program:
    """The program of these criteria."""
    return Program(roots)


def read_one(program: Program, patient: Patient) -> OnePatient:
    """One patient, read with the words of the declared facts."""
    cohort = cohort_of([patient])
    empty = ((path, table) for path, table in cohort.tables.items() if not table.offsets[-1])
    lists = frozenset((path, SAID[int(table.complete[0])]) for path, table in empty)
    return OnePatient(program, cohort, WORDS, written_at(patient), _reticent(program, lists))


SAID = {0: None, 1: True, -1: False}


@lru_cache(maxsize=256)
def _reticent(program: Program, lists: frozenset[tuple[str, bool | None]]) -> OnePatient:
    """A patient of whom nothing is stated, save whether these lists are complete, in which nothing stands.

    Most of what trials ask is not stated of anybody, so most reasons of a patient are the reasons of this one.
    """
    tables = {path: no_records(path, (said,)) for path, said in lists}
    blank = cohort_of([{}])
    return OnePatient(program, Cohort(1, blank.facts, {**blank.tables, **tables}), WORDS)
