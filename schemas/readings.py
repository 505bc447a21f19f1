"""Compiled criteria, kept for as long as the same trials are matched again and again."""

from functools import lru_cache

from matching import criteria as c
from matching.evaluate import Program
from matching.explain import OnePatient
from schemas.columns import cohort_of
from schemas.derived import written_at
from schemas.patient import Patient
from schemas.words import WORDS


@lru_cache(maxsize=64)
def program_of(roots: tuple[c.TruthNode, ...]) -> Program:
    """The program of these criteria."""
    return Program(roots)


def read_one(program: Program, patient: Patient) -> OnePatient:
    """One patient, read with the words of the declared facts."""
    return OnePatient(program, cohort_of([patient]), WORDS, written_at(patient), _blank(program))


@lru_cache(maxsize=64)
def _blank(program: Program) -> OnePatient:
    """A patient of whom nothing is stated: most of what a trial asks is not, so most reasons are the same."""
    return OnePatient(program, cohort_of([{}]), WORDS)
