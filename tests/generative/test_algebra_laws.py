"""The laws of the algebra, on generated criteria and abstract patients."""

from collections.abc import Mapping
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np
from hypothesis import assume, event
from hypothesis import strategies as st

from matching import columnar as engine
from matching import nodes as c
from matching.cohort import Cohort, NumberColumn
from matching.deciding_facts import facts_deciding
from matching.describe import describe
from matching.explain import Explainer
from matching.interval import EVERYTHING
from matching.patient_values import PatientValues
from matching.scalar import ScalarEngine
from matching.truth import Truth
from tests import reference
from tests.generative.algebra_strategies import (
    TABLES,
    cohort_of,
    criteria,
    knowing_less,
    number_nodes,
    patients,
    values_of,
)
from tests.generative.laws import law
from tests.generative.path_wording import PlainWords

CRITERIA = st.lists(criteria(), min_size=1, max_size=2)
COHORTS = st.lists(patients(), max_size=5)
T = TypeVar("T")


def columnar_truths(criteria: list[c.TruthNode], cohort: Cohort) -> list[list[int]]:
    """The truth of each criterion for each patient, by the columnar engine."""
    return [[int(truth) for truth in row] for row in engine.evaluate(engine.Program(criteria), cohort)]


@law(criteria=CRITERIA, cohort=COHORTS, block=st.sampled_from([1, 2, 20_000]))
def test_both_engines_agree_with_the_reference(
    criteria: list[c.TruthNode], cohort: list[reference.Patient], block: int
) -> None:
    with patch.object(engine, "PATIENTS_PER_BLOCK", block):
        found = columnar_truths(criteria, cohort_of(cohort))
    expected = [[reference.truth(criterion, patient) for patient in cohort] for criterion in criteria]
    assert found == expected
    alone = [ScalarEngine(values_of(patient)) for patient in cohort]
    assert [[patient.truth(criterion) for patient in alone] for criterion in criteria] == expected


@law(number=number_nodes(None, 2), cohort=COHORTS)
def test_numbers_agree_with_the_reference(number: c.NumberNode, cohort: list[reference.Patient]) -> None:
    program = engine.Program([c.Within(number, EVERYTHING, EVERYTHING)])
    slot = program.slot_of(number, None)
    found = program.values(cohort_of(cohort), frozenset({slot}))[slot]
    assert isinstance(found, NumberColumn)
    expected = [reference.number(number, patient) for patient in cohort]
    bounds = [np.broadcast_to(bound, len(cohort)).tolist() for bound in (found.lo, found.hi)]
    assert list(zip(*bounds, strict=True)) == expected
    alone = [ScalarEngine(values_of(patient)).number(number) for patient in cohort]
    assert [(patient.lo, patient.hi) for patient in alone] == expected


@law(criterion=criteria(lawful=True), after=patients(), data=st.data())
def test_learning_never_overturns_a_decided_verdict(
    criterion: c.TruthNode, after: reference.Patient, data: Any
) -> None:
    assume(not reference.contradicts(criterion, after))
    before, shorter = data.draw(knowing_less(after))
    completing = [found.complete_if for found in reference.lists(criterion) if found.table in shorter]
    assume(all(reference.truth(node, before) != reference.TRUE for node in completing))
    [[earlier, later]] = columnar_truths([criterion], cohort_of([before, after]))
    event(f"{earlier} before")
    assert earlier in (0, later)


@law(criteria=CRITERIA, patient=patients(), data=st.data())
def test_the_order_of_records_does_not_matter(
    criteria: list[c.TruthNode], patient: reference.Patient, data: Any
) -> None:
    reordered = dict(patient)
    for path in TABLES:
        reordered[path] = {**patient[path], "records": data.draw(st.permutations(patient[path]["records"]))}
    assert columnar_truths(criteria, cohort_of([patient])) == columnar_truths(criteria, cohort_of([reordered]))


@law(criteria=CRITERIA, cohort=COHORTS)
def test_a_cohort_gives_each_patient_the_truths_of_the_patient_alone(
    criteria: list[c.TruthNode], cohort: list[reference.Patient]
) -> None:
    together = columnar_truths(criteria, cohort_of(cohort))
    alone = [columnar_truths(criteria, cohort_of([patient])) for patient in cohort]
    assert together == [[patient[row][0] for patient in alone] for row in range(len(criteria))]


@law(criteria=CRITERIA, size=st.integers(0, 3))
def test_a_cohort_without_any_column_is_unknown_and_no_error(criteria: list[c.TruthNode], size: int) -> None:
    nothing: reference.Patient = {}
    expected = [[reference.truth(criterion, nothing)] * size for criterion in criteria]
    assert columnar_truths(criteria, Cohort(size)) == expected


@law(criteria=CRITERIA, patient=patients())
def test_criteria_evaluated_together_have_the_truths_of_each_alone(
    criteria: list[c.TruthNode], patient: reference.Patient
) -> None:
    cohort = cohort_of([patient])
    assert columnar_truths(criteria, cohort) == [columnar_truths([criterion], cohort)[0] for criterion in criteria]


@law(criterion=criteria(), patient=patients())
def test_every_criterion_can_be_explained_and_described(criterion: c.TruthNode, patient: reference.Patient) -> None:
    words = PlainWords()
    explainer = Explainer(values_of(patient), words)
    reason = explainer.explain(criterion)
    assert all(isinstance(text, str) for text in (*reason.observed, *reason.evidence))
    assert len(set(reason.missing)) == len(reason.missing)
    assert explainer.truth(criterion) == reference.truth(criterion, patient)
    assert describe(criterion, words)


@law(criterion=criteria(), patient=patients(), other=patients(), shared=st.frozensets(st.integers(0, 11)))
def test_a_baseline_does_not_change_the_results_of_a_patient(
    criterion: c.TruthNode, patient: reference.Patient, other: reference.Patient, shared: frozenset[int]
) -> None:
    words, first, second = PlainWords(), values_of(patient), values_of(other)
    mixed = PatientValues(_mixed(first.facts, second.facts, shared), _mixed(first.tables, second.tables, shared))
    alone = Explainer(mixed, words)
    with_baseline = Explainer(mixed, words, baseline=Explainer(first, words))
    assert with_baseline.truth(criterion) == alone.truth(criterion)
    assert with_baseline.explain(criterion) == alone.explain(criterion)
    for target in (Truth.TRUE, Truth.FALSE):
        assert facts_deciding(with_baseline, criterion, target) == facts_deciding(alone, criterion, target)


def _mixed(first: Mapping[str, T], second: Mapping[str, T], shared: frozenset[int]) -> dict[str, T]:
    """The values of the first patient at the shared indices, else those of the second."""
    return {path: first[path] if index in shared else second[path] for index, path in enumerate(sorted(second))}


@law(criterion=criteria())
def test_favourable_answers_never_make_a_verdict_worse(criterion: c.TruthNode) -> None:
    nobody = Cohort(1)
    favourable, unfavourable = c.favourably(criterion), c.favourably(criterion, favourable=False)
    [[worse], [better]] = columnar_truths([unfavourable, favourable], nobody)
    assert np.sign(better - worse) >= 0
