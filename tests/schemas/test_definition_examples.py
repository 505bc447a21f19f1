"""Every two definitions of radioiodine-refractory differ on an example patient of examples/definitions."""

import json
from itertools import combinations
from pathlib import Path

import pytest

from matching.columnar import Program, evaluate
from matching.truth import Truth
from schemas.criteria.definitions import Definition, packaged_definitions
from schemas.implications.contradictions import accept_patient
from schemas.summary.encode_patients import cohort_of
from schemas.summary.facts import Patient

FOLDER = Path(__file__).parents[2] / "examples" / "definitions"


def family() -> list[Definition]:
    return [found for found in packaged_definitions().all().values() if found.family == "rai-refractory"]


def patients() -> list[Patient]:
    return [accept_patient(json.loads(file.read_text("utf-8"))) for file in sorted(FOLDER.glob("*.json"))]


def test_there_are_at_least_eight_patients_without_contradictions() -> None:
    assert len(patients()) >= 8


@pytest.fixture(scope="module")
def answers() -> dict[str, list[int]]:
    """The truth of each definition for each patient."""
    truths = evaluate(Program(tuple(definition.node for definition in family())), cohort_of(patients()))
    return {found.name: [int(truth) for truth in row] for found, row in zip(family(), truths, strict=True)}


def test_every_two_definitions_have_opposite_answers_for_a_patient(
    answers: dict[str, list[int]], subtests: pytest.Subtests
) -> None:
    for first, second in combinations(answers, 2):
        with subtests.test(first=first, second=second):
            pairs = zip(answers[first], answers[second], strict=True)
            assert any(set(pair) == {Truth.TRUE, Truth.FALSE} for pair in pairs)
