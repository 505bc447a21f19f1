"""Questions and units in the words of a clinician."""

import pytest

from matching import nodes as c
from schemas.criteria.definitions import packaged_definitions
from schemas.summary.fact_wording import WORDS
from schemas.summary.units import RECIST_MEASURABLE_MM, days_in


@pytest.mark.parametrize(
    ("codes", "question"),
    [
        (["heart_failure"], "Does the patient have heart failure?"),
        (["heart_failure", "dementia"], "Does the patient have dementia or heart failure?"),
        (["pregnancy"], "Is the patient pregnant?"),
        (["pregnancy_or_breastfeeding", "pregnancy"], "Is the patient pregnant or breastfeeding?"),
        (["pregnancy", "dementia"], "Does the patient have dementia or pregnant?"),
        ([], "Any other conditions, besides those listed?"),
    ],
)
def test_the_question_for_a_condition(codes: list[str], question: str) -> None:
    where = c.Among("conditions.condition", frozenset(codes)) if codes else c.All(())
    assert WORDS.ask_list("conditions", where) == question


@pytest.mark.parametrize(
    ("field", "question"),
    [
        ("longest_diameter", "Lesion 2 (lung): what is the longest diameter?"),
        ("imaging", "Lesion 2 (lung): how was it measured (CT, MRI, calipers)?"),
        ("fdg_avid", "Lesion 2 (lung): FDG-hypermetabolic?"),
        ("irradiated_ago", "Lesion 2 (lung): how long ago was irradiation?"),
    ],
)
def test_the_question_for_a_fact_of_a_record_names_the_record(field: str, question: str) -> None:
    assert WORDS.ask_record("disease.lesions", field, 1, "lung") == question


def test_a_year_has_twelve_months() -> None:
    assert 12 * days_in("months") == days_in("years")


def test_macroscopic_disease_is_measured_by_the_limit_of_recist() -> None:
    macroscopic = packaged_definitions().all()["burden/macroscopic"].node
    bounds = {node.inside.lo for node in c.walk(macroscopic) if isinstance(node, c.Within)}
    assert bounds == {RECIST_MEASURABLE_MM}
