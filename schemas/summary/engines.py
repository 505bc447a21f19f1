"""Creates the engines for patient summaries, and caches what many patients share."""

from functools import lru_cache

from matching import nodes as c
from matching.columnar import Program
from matching.explain import Explainer
from matching.patient_values import PatientValues, RecordList
from matching.truth import Truth
from schemas.summary.derive import aliases_of
from schemas.summary.encode_patients import blank_values, values_of
from schemas.summary.fact_wording import WORDS
from schemas.summary.facts import Patient


@lru_cache(maxsize=64)
def program_of(roots: tuple[c.TruthNode, ...]) -> Program:
    """The columnar program of these criteria."""
    return Program(roots)


def explainer_for(patient: Patient, criteria: tuple[c.TruthNode, ...] | None = None) -> Explainer:
    """The explainer of one patient. `criteria`: those that many patients are matched with, to share their results."""
    values = values_of(patient)
    baseline = None
    if criteria is not None:
        empty = ((path, table.complete) for path, table in values.tables.items() if not table.records)
        baseline = _blank_patient(criteria, frozenset(empty))
    return Explainer(values, WORDS, aliases_of(patient), baseline)


@lru_cache(maxsize=256)
def _blank_patient(criteria: tuple[c.TruthNode, ...], empty: frozenset[tuple[str, Truth]]) -> Explainer:
    """A blank patient whose only facts are the completeness flags of these empty lists; the baseline of real patients.

    Most facts that trials need are unknown for any patient, so most reasons are those of the blank patient.
    `criteria` is part of the cache key: a blank patient and its results are dropped with the criteria they belong to.
    """
    blank = blank_values()
    if not empty:
        return Explainer(blank, WORDS)
    lists = {path: RecordList((), complete) for path, complete in empty}
    values = PatientValues(blank.facts, {**blank.tables, **lists})
    return Explainer(values, WORDS, baseline=_blank_patient(criteria, frozenset()))
