"""Stored summaries load quickly; any other input falls back to loading a new summary."""

from functools import partial
from typing import Any

import pytest

from schemas.inputs.faults import InputError
from schemas.summary.facts import dump_patient, load_patient
from schemas.summary.load_stored import load_stored

SUMMARY: dict[str, Any] = {
    "patient_ref": "P-1",
    "age": "54 years",
    "genomics": {"variants": [{"gene": "BRAF", "alteration": "V600E"}]},
    "radioiodine": {"last_given": {"year": 2023, "as_of": 2026}},
    "disease": {"lesions": [{"site": "lung", "longest_diameter": "<10 mm"}], "metastatic": True},
    "labs": [{"analyte": "thyroglobulin", "value": "12.5 ng/mL"}],
}


def stored(**facts: Any) -> dict[str, Any]:
    return dump_patient(load_patient(SUMMARY)) | facts


def test_a_stored_summary_loads_as_it_was_first_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    written, expected = stored(), load_patient(SUMMARY)
    monkeypatch.setattr("schemas.summary.load_stored.load_patient", lambda summary: pytest.fail("fell back"))
    assert load_stored(written) == expected


@pytest.mark.parametrize(
    "facts",
    [{"sex": None}, {"disease": {"lesions": None}}, {"genomics": {"tested": ["BRAF"]}}],
    ids=["null", "null in a section", "shorthand"],
)
def test_another_form_falls_back_to_loading_a_new_summary(facts: dict[str, Any]) -> None:
    assert load_stored(stored(**facts)) == load_patient(stored(**facts))


@pytest.mark.parametrize(
    ("summary", "path"),
    [
        (None, ""),
        ({"age": "54 years"}, "patient_ref"),
        (partial(stored, colour="red"), "colour"),
        (partial(stored, sex="a code that was known then"), "sex"),
        (partial(stored, therapies={"drug": "lenvatinib"}), "therapies"),
        (partial(stored, therapies=[{"line": 1}]), "therapies[0].drug"),
        (partial(stored, disease="none"), "disease"),
    ],
)
def test_a_summary_that_was_never_stored_is_rejected_with_its_path(summary: Any, path: str) -> None:
    with pytest.raises(InputError) as rejected:
        load_stored(summary() if callable(summary) else summary)
    assert [fault.path for fault in rejected.value.faults] == [path]
