"""Readings that are kept for as long as the same criteria and the same blanks are met again and again."""

from functools import lru_cache

from matching import nodes as c
from matching.columnar import Program
from matching.explain import Explainer
from matching.patient_values import PatientValues, RecordList
from matching.truth import Truth
from schemas.summary.derive import written_at
from schemas.summary.encode_patients import blank_values, values_of
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import Patient


@lru_cache(maxsize=64)
def program_of(roots: tuple[c.TruthNode, ...]) -> Program:
    """The program of these criteria."""
    return Program(roots)


def explainer_for(patient: Patient, criteria: tuple[c.TruthNode, ...] | None = None) -> Explainer:
    """One patient, read with the words of the declared facts. `criteria`: what many patients will be asked."""
    person = values_of(patient)
    reticent = None
    if criteria is not None:
        empty = ((path, table.complete) for path, table in person.tables.items() if not table.records)
        reticent = _reticent(criteria, frozenset(empty))
    return Explainer(person, WORDS, written_at(patient), reticent)


@lru_cache(maxsize=256)
def _reticent(criteria: tuple[c.TruthNode, ...], empty: frozenset[tuple[str, Truth]]) -> Explainer:
    """A patient of whom nothing is stated, save whether these lists are complete, in which nothing stands.

    Most of what trials ask is not stated of anybody, so most reasons of a patient are the reasons of this one, who is
    kept with the criteria of which the reasons are.
    """
    blank = blank_values()
    if not empty:
        return Explainer(blank, WORDS)
    person = PatientValues(blank.facts, {**blank.tables, **{path: RecordList((), said) for path, said in empty}})
    return Explainer(person, WORDS, like=_reticent(criteria, frozenset()))
