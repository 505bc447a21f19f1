"""Behaviour of kinds that a specification, a table of patients, cannot show."""

import pytest

from matching.columnar import Program, evaluate
from matching.truth import Truth
from schemas.criteria.language import CriterionContext, read_criterion
from schemas.criteria.specification import answer
from schemas.inputs.faults import InputError
from schemas.summary.encode_patients import cohort_of
from schemas.summary.facts import load_patient
from tests.spec.kinds.left_open import CLAUSE


def test_a_definition_with_an_open_clause_is_unknown_where_only_the_clause_decides() -> None:
    line = read_criterion({"left_open": CLAUSE}, CriterionContext())
    patient = load_patient({"patient_ref": "A"})
    assert evaluate(Program((line.node,)), cohort_of([patient]))[0, 0] == Truth.UNKNOWN


def test_one_reading_is_no_choice() -> None:
    with pytest.raises(InputError, match="at least two readings"):
        answer("readings: [{age: {min: 1 year}}]", {})


def test_the_answer_for_one_patient_is_that_of_the_specification() -> None:
    assert answer("age: {min: 18 years}", {"age": "20 years"}) == Truth.TRUE
