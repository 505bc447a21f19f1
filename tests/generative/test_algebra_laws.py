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
from tests.generative.laws import law
from tests.generative.plain_words import PlainWords
from tests.generative.strategies import TABLES, cohort_of, criteria, knowing_less, number_nodes, patients, person_of

CRITERIA = st.lists(criteria(), min_size=1, max_size=2)
COHORTS = st.lists(patients(), max_size=5)
T = TypeVar("T")


def fast(criteria: list[c.TruthNode], cohort: Cohort) -> list[list[int]]:
    """The truth of each criterion for each patient, by the evaluator that trials use."""
    return [[int(one) for one in row] for row in engine.evaluate(engine.Program(criteria), cohort)]


@law(criteria=CRITERIA, cohort=COHORTS, block=st.sampled_from([1, 2, 20_000]))
def test_both_readings_agree_with_the_reference(
    criteria: list[c.TruthNode], cohort: list[reference.Patient], block: int
) -> None:
    with patch.object(engine, "PATIENTS_PER_BLOCK", block):
        found = fast(criteria, cohort_of(cohort))
    expected = [[reference.truth(criterion, patient) for patient in cohort] for criterion in criteria]
    assert found == expected
    alone = [ScalarEngine(person_of(patient)) for patient in cohort]
    assert [[one.truth(criterion) for one in alone] for criterion in criteria] == expected


@law(number=number_nodes(None, 2), cohort=COHORTS)
def test_what_is_known_of_a_number_agrees_with_the_reference(
    number: c.NumberNode, cohort: list[reference.Patient]
) -> None:
    program = engine.Program([c.Within(number, EVERYTHING, EVERYTHING)])
    slot = program.slot_of(number, None)
    found = program.values(cohort_of(cohort), frozenset({slot}))[slot]
    assert isinstance(found, NumberColumn)
    expected = [reference.number(number, patient) for patient in cohort]
    one_each = [np.broadcast_to(bound, len(cohort)).tolist() for bound in (found.lo, found.hi)]
    assert list(zip(*one_each, strict=True)) == expected
    alone = [ScalarEngine(person_of(patient)).number(number) for patient in cohort]
    assert [(one.lo, one.hi) for one in alone] == expected


@law(criterion=criteria(lawful=True), after=patients(), data=st.data())
def test_learning_never_overturns_a_settled_verdict(
    criterion: c.TruthNode, after: reference.Patient, data: Any
) -> None:
    assume(not reference.contradicts(criterion, after))
    before, shorter = data.draw(knowing_less(after))
    settled = [found.complete_if for found in reference.lists(criterion) if found.table in shorter]
    assume(all(reference.truth(node, before) != reference.TRUE for node in settled))
    [[earlier, later]] = fast([criterion], cohort_of([before, after]))
    event(f"{earlier} before")
    assert earlier in (0, later)


@law(criteria=CRITERIA, patient=patients(), data=st.data())
def test_the_order_of_records_does_not_matter(
    criteria: list[c.TruthNode], patient: reference.Patient, data: Any
) -> None:
    reordered = dict(patient)
    for path in TABLES:
        reordered[path] = {**patient[path], "records": data.draw(st.permutations(patient[path]["records"]))}
    assert fast(criteria, cohort_of([patient])) == fast(criteria, cohort_of([reordered]))


@law(criteria=CRITERIA, cohort=COHORTS)
def test_a_batch_gives_each_patient_the_same_verdict_as_alone(
    criteria: list[c.TruthNode], cohort: list[reference.Patient]
) -> None:
    together = fast(criteria, cohort_of(cohort))
    alone = [fast(criteria, cohort_of([patient])) for patient in cohort]
    assert together == [[one[place][0] for one in alone] for place in range(len(criteria))]


@law(criteria=CRITERIA, size=st.integers(0, 3))
def test_a_cohort_without_any_column_is_unknown_and_no_error(criteria: list[c.TruthNode], size: int) -> None:
    nothing: reference.Patient = {}
    expected = [[reference.truth(criterion, nothing)] * size for criterion in criteria]
    assert fast(criteria, Cohort(size)) == expected


@law(criteria=CRITERIA, patient=patients())
def test_criteria_evaluated_together_are_as_each_by_itself(
    criteria: list[c.TruthNode], patient: reference.Patient
) -> None:
    cohort = cohort_of([patient])
    assert fast(criteria, cohort) == [fast([criterion], cohort)[0] for criterion in criteria]


@law(criterion=criteria(), patient=patients())
def test_every_criterion_can_be_explained_and_described(criterion: c.TruthNode, patient: reference.Patient) -> None:
    words = PlainWords()
    reader = Explainer(person_of(patient), words)
    reason = reader.explain(criterion)
    assert all(isinstance(one, str) for one in (*reason.observed, *reason.evidence))
    assert len(set(reason.missing)) == len(reason.missing)
    assert reader.truth(criterion) == reference.truth(criterion, patient)
    assert describe(criterion, words)


@law(criterion=criteria(), one=patients(), other=patients(), shared=st.frozensets(st.integers(0, 11)))
def test_a_patient_read_in_the_likeness_of_another_is_read_as_alone(
    criterion: c.TruthNode, one: reference.Patient, other: reference.Patient, shared: frozenset[int]
) -> None:
    words, first, second = PlainWords(), person_of(one), person_of(other)
    mixed = PatientValues(_mixed(first.facts, second.facts, shared), _mixed(first.tables, second.tables, shared))
    alone = Explainer(mixed, words)
    alike = Explainer(mixed, words, baseline=Explainer(first, words))
    assert alike.truth(criterion) == alone.truth(criterion)
    assert alike.explain(criterion) == alone.explain(criterion)
    for target in (Truth.TRUE, Truth.FALSE):
        assert facts_deciding(alike, criterion, target) == facts_deciding(alone, criterion, target)


def _mixed(first: Mapping[str, T], second: Mapping[str, T], shared: frozenset[int]) -> dict[str, T]:
    """The columns of the first patient at these places, else those of the second."""
    return {path: first[path] if place in shared else second[path] for place, path in enumerate(sorted(second))}


@law(criterion=criteria())
def test_favourable_answers_never_make_a_verdict_worse(criterion: c.TruthNode) -> None:
    nobody = Cohort(1)
    kind, other = c.favourably(criterion), c.favourably(criterion, favourable=False)
    [[worse], [better]] = fast([other, kind], nobody)
    assert np.sign(better - worse) >= 0
