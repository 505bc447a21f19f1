"""How well the project's own annotated texts are read; half of them were fixed before the rules were written."""

from typing import Any

import pytest

from extraction.evaluate import evaluate
from tests.extraction.reads import cases

FILES = ("sentences.ndjson", "notes.ndjson")


def report(frozen: bool | None) -> dict[str, Any]:
    return evaluate([case for name in FILES for case in cases(name, frozen=frozen)]).to_json()


def test_the_set_is_large_enough_and_half_of_it_frozen() -> None:
    sentences, notes = cases(FILES[0]), cases(FILES[1])
    assert len(sentences) >= 80
    assert len(notes) >= 20
    assert sum(case["frozen"] for case in [*sentences, *notes]) * 2 >= len(sentences) + len(notes)


@pytest.mark.parametrize("frozen", [True, False])
def test_macro_f1(frozen: bool) -> None:
    assert report(frozen)["macro_f1"] >= 0.85


@pytest.mark.parametrize("fact", ["variants", "therapies"])
def test_what_decides_eligibility_is_precise_before_it_is_complete(fact: str) -> None:
    assert report(None)["facts"][fact]["precision"] >= 0.97


def test_a_report_lists_what_was_missed_and_what_was_too_much() -> None:
    case = {"id": "x", "narrative": "A 50-year-old woman.", "facts": {"age_years": 51, "sex": "female"}}
    found = evaluate([case]).to_json()
    assert found["facts"]["sex"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1, "found": 1}
    assert {(miss["fact"], miss["kind"]) for miss in found["misses"]} == {("age", "missed"), ("age", "too_much")}
    assert found["macro_f1"] == 0.5
