"""Compiled criteria, kept for as long as the same trials are matched again and again."""

from functools import lru_cache

from matching import criteria as c
from matching.cohort import Cohort
from matching.evaluate import Program
from matching.explain import OnePatient
from schemas.words import WORDS


@lru_cache(maxsize=64)
def program_of(roots: tuple[c.TruthNode, ...]) -> Program:
    """The program of these criteria."""
    return Program(roots)


def read_one(program: Program, cohort: Cohort) -> OnePatient:
    """One patient, read with the words of the declared facts."""
    return OnePatient(program, cohort, WORDS)
