"""Measures matching: one patient with reasons, and verdicts alone for a cohort."""

from collections.abc import Callable
from itertools import cycle, islice
from statistics import median
from time import perf_counter
from typing import Any

from matching.columnar import Program, evaluate
from matching.trial import Trial
from matching.truth import Truth
from schemas.summary.encode_patients import cohort_of
from schemas.summary.engines import explainer_for
from schemas.summary.facts import Patient, load_patient
from support.sites import SITE_TRIALS, site_library
from support.synthetic_patients import synthetic_summaries
from verdicts.match import match_patient

DISTINCT = 1_000
"""Distinct patients; a larger cohort repeats them, because reading a summary costs far more than matching it."""

REPEATS = 200


def measure(rows: int, count: int = len(SITE_TRIALS)) -> dict[str, float]:
    """Return the figures by name. Units: in the names; those named `cohort` are per patient."""
    trials = list(site_library(count).trials.values())
    patients = [load_patient(summary) for summary in synthetic_summaries(min(DISTINCT, rows))]
    match_patient(patients[0], trials)
    with_reasons = _median_ms(lambda patient: match_patient(patient, trials), patients[:REPEATS])
    program = Program([trial.requirement for trial in trials])
    alone_us = 1000 * _median_ms(lambda patient: _verdicts(trials, patient), patients[:REPEATS])
    together_us = _per_patient_us(program, patients, rows)
    return {
        "trials": len(trials),
        "distinct_nodes": len(program.steps),
        "one_patient_with_reasons_ms": round(with_reasons, 3),
        "one_patient_verdicts_us": round(alone_us, 2),
        "cohort_rows": rows,
        "cohort_verdicts_us": round(together_us, 3),
        "cohort_times_faster": round(alone_us / together_us, 1),
    }


def _verdicts(trials: list[Trial], patient: Patient) -> list[Truth]:
    reader = explainer_for(patient)
    return [reader.truth(trial.requirement) for trial in trials]


def _median_ms(work: Callable[[Any], Any], items: list[Any]) -> float:
    times = []
    for item in items:
        start = perf_counter()
        work(item)
        times.append(1000 * (perf_counter() - start))
    return median(times)


def _per_patient_us(program: Program, patients: list[Any], rows: int) -> float:
    """Time the evaluation of prepared columns. The best of three, because the first also allocates memory."""
    cohort = cohort_of(list(islice(cycle(patients), rows)))
    times = []
    for _ in range(3):
        start = perf_counter()
        evaluate(program, cohort)
        times.append(perf_counter() - start)
    return 1e6 * min(times) / rows
