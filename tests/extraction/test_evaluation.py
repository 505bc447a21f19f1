"""Accuracy on the annotated texts of the project; half of them were frozen before the rules were written."""

from typing import Any

import pytest

from extraction.evaluation.evaluate import evaluate
from tests.extraction.extracted import cases

FILES = ("sentences.ndjson", "notes.ndjson")
WIDER = ("wider_sentences.ndjson", "wider_notes.ndjson")
CASE_REPORTS = ("wider_cases.ndjson",)
FRESH = ("fresh_cases.ndjson",)
SETS = {"first": FILES, "wider": WIDER, "case reports": CASE_REPORTS, "fresh": FRESH}


def report(files: tuple[str, ...], frozen: bool | None = None) -> dict[str, Any]:
    return evaluate([case for name in files for case in cases(name, frozen=frozen)]).to_json()


def test_the_first_set_is_large_and_half_of_it_frozen() -> None:
    sentences, notes = cases(FILES[0]), cases(FILES[1])
    assert len(sentences) >= 80
    assert len(notes) >= 20
    assert sum(case["frozen"] for case in [*sentences, *notes]) * 2 >= len(sentences) + len(notes)


def test_the_wider_set_has_many_styles_and_half_of_it_frozen() -> None:
    found = [case for name in WIDER for case in cases(name)]
    assert len(found) >= 120
    assert len({case["style"] for case in found}) >= 10
    assert abs(2 * sum(case["frozen"] for case in found) - len(found)) <= 2


@pytest.mark.parametrize("files", [FILES, WIDER], ids=["first", "wider"])
@pytest.mark.parametrize("frozen", [True, False])
def test_macro_f1(files: tuple[str, ...], frozen: bool) -> None:
    assert report(files, frozen)["macro_f1"] >= 0.90


def test_macro_f1_of_case_reports() -> None:
    assert report(CASE_REPORTS)["macro_f1"] >= 0.90


def test_macro_f1_of_texts_annotated_before_they_were_read() -> None:
    found = cases(FRESH[0])
    assert len(found) >= 60
    assert len({case["style"] for case in found}) >= 10
    assert report(FRESH)["macro_f1"] >= 0.90


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("fact", ["variants", "therapies"])
def test_variants_and_therapies_are_precise(name: str, fact: str) -> None:
    assert report(SETS[name])["facts"][fact]["precision"] >= 0.97


def test_a_report_lists_missed_and_spurious_facts() -> None:
    case = {"id": "x", "narrative": "A 50-year-old woman.", "facts": {"age_years": 51, "sex": "female"}}
    found = evaluate([case]).to_json()
    assert found["facts"]["sex"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1, "found": 1}
    assert {(miss["fact"], miss["kind"]) for miss in found["misses"]} == {("age", "missed"), ("age", "too_much")}
    assert found["macro_f1"] == 0.5
