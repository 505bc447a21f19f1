"""The check of a trial file, which is the same everywhere, and what its version depends on."""

import pytest

from authoring.check import check_file, check_trial
from schemas.criteria import definitions
from schemas.trials.library import load_library
from schemas.trials.trial_file import parse_trial, stored_trial
from schemas.trials.trial_schema import MAX_CASES
from service.api.payloads.trials import checked_card, moves_card

TEXT = """\
id: NCT00000001
title: A trial to check
status: {value: recruiting, seen: "2024"}
source: https://clinicaltrials.gov/study/NCT00000001
completeness: complete
include:
  - age: {min: 18 years}
cases:
  - {name: An adult, patient: {patient_ref: A-1, age: 40 years}, expect: eligible}
  - {name: A child, patient: {patient_ref: A-2, age: 9 years}, expect: ineligible}
"""


def test_a_valid_trial_whose_cases_pass() -> None:
    checked = check_trial(TEXT, "NCT00000001")
    assert checked.trial is not None
    assert (checked.faults, checked.warnings, len(checked.cases)) == ((), (), 2)
    assert checked_card(checked)["version"] == checked.trial.version


def test_a_case_that_fails_is_a_fault_with_its_line() -> None:
    checked = check_trial(TEXT.replace("expect: ineligible", "expect: eligible"), "NCT00000001")
    assert [str(fault) for fault in checked.faults] == [
        "NCT00000001.yaml:10:cases[1]: this case fails: expected eligible, found ineligible (not met: include[0])"
    ]
    assert checked_card(checked)["failed"] == 1


def test_a_case_that_cannot_be_read_is_a_fault_with_its_line() -> None:
    checked = check_trial(TEXT.replace("9 years", "9 yaers"), "NCT00000001")
    [fault] = checked.faults
    assert (fault.file, fault.line, fault.path) == ("NCT00000001.yaml", 10, "cases[1].patient.age")


def test_a_file_that_cannot_be_read_has_no_trial() -> None:
    checked = check_trial(TEXT.replace("age:", "aeg:", 1))
    assert checked.trial is None
    assert str(checked.faults[0]).startswith(
        "trial.yaml:7:include[0].aeg: unknown kind of criterion aeg (did you mean age?"
    )
    assert (checked_card(checked)["trial"], checked_card(checked)["version"]) == (None, None)


def test_a_file_of_another_trial_is_rejected_if_the_id_is_known() -> None:
    assert check_trial(TEXT).faults == ()
    [fault] = check_trial(TEXT, "NCT00000002").faults
    assert (fault.path, fault.file) == ("id", "NCT00000002.yaml")


def test_an_impossible_criterion_is_an_error_and_a_redundant_one_a_warning() -> None:
    lines = "  - age: {min: 18 years}\n  - age: {max: 10 years}\n  - age: {min: 0 years}\n"
    checked = check_file(TEXT.replace("  - age: {min: 18 years}\n", lines), "here.yaml")
    assert [(fault.path, fault.line) for fault in checked.errors] == [("include[1]", 8)]
    assert [fault.path for fault in checked.warnings] == ["include[2]"]


def test_too_many_cases_are_rejected() -> None:
    case = "  - {name: A child, patient: {patient_ref: A-2, age: 9 years}, expect: ineligible}\n"
    [fault] = check_trial(TEXT + case * MAX_CASES).faults
    assert fault.path == "cases"


def test_a_version_changes_with_a_definition_that_the_trial_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    library = load_library()
    users = {
        trial_id: trial.version
        for trial_id, trial in library.trials.items()
        if "rai-refractory/" in library.texts[trial_id]
    }
    others = {
        trial_id: trial.version for trial_id, trial in library.trials.items() if "meets" not in library.texts[trial_id]
    }
    assert users
    assert others
    known = definitions.Definitions.meaning

    def meaning(self: definitions.Definitions, name: str) -> str:
        return known(self, name) + (" changed" if name.startswith("rai-refractory/") else "")

    monkeypatch.setattr(definitions.Definitions, "meaning", meaning)
    assert all(library.version_of(trial_id, library.texts[trial_id]) != version for trial_id, version in users.items())
    unchanged = [
        trial_id
        for trial_id, version in others.items()
        if library.version_of(trial_id, library.texts[trial_id]) == version
    ]
    assert unchanged


def test_the_title_and_source_of_a_definition_do_not_affect_its_meaning() -> None:
    meaning = definitions.meaning_of("rai-refractory/ata-2025")
    entry = load_library().definitions["rai-refractory/ata-2025"]
    assert entry.title not in meaning
    assert "criterion" in meaning


def test_a_stored_trial_keeps_its_version() -> None:
    assert stored_trial(TEXT, "NCT00000001.yaml").version == parse_trial(TEXT, "x").version
    assert stored_trial(TEXT, "NCT00000001.yaml", "00000000").version == "00000000"
    assert stored_trial("id: [", "NCT00000001.yaml", "00000000").version == "00000000"


def test_a_text_that_cannot_be_read_has_no_version() -> None:
    assert load_library().version_of("NCT00000001", "id: [") is None


def test_verdict_changes_are_counted_as_records() -> None:
    assert moves_card({"possible>ineligible": 3}) == [{"before": "possible", "after": "ineligible", "patients": 3}]
