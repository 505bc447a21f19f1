"""A trial file is judged alike wherever it is judged; its version is its text with the definitions that it uses."""

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


def test_a_sound_trial_with_cases_that_pass() -> None:
    checked = check_trial(TEXT, "NCT00000001")
    assert checked.trial is not None
    assert (checked.faults, checked.warnings, len(checked.cases)) == ((), (), 2)
    assert checked_card(checked)["version"] == checked.trial.version


def test_a_case_that_fails_is_a_fault_with_its_line() -> None:
    checked = check_trial(TEXT.replace("expect: ineligible", "expect: eligible"), "NCT00000001")
    assert [str(one) for one in checked.faults] == [
        "NCT00000001.yaml:10:cases[1]: this case fails: expected eligible, found ineligible (not met: include[0])"
    ]
    assert checked_card(checked)["failed"] == 1


def test_a_case_that_cannot_be_read_is_a_fault_with_its_line() -> None:
    checked = check_trial(TEXT.replace("9 years", "9 yaers"), "NCT00000001")
    [fault] = checked.faults
    assert (fault.file, fault.line, fault.path) == ("NCT00000001.yaml", 10, "cases[1].patient.age")


def test_what_cannot_be_read_is_of_no_trial() -> None:
    checked = check_trial(TEXT.replace("age:", "aeg:", 1))
    assert checked.trial is None
    assert str(checked.faults[0]).startswith(
        "trial.yaml:7:include[0].aeg: unknown kind of criterion aeg (did you mean age?"
    )
    assert (checked_card(checked)["trial"], checked_card(checked)["version"]) == (None, None)


def test_another_trials_text_is_refused_where_the_id_is_known() -> None:
    assert check_trial(TEXT).faults == ()
    [fault] = check_trial(TEXT, "NCT00000002").faults
    assert (fault.path, fault.file) == ("id", "NCT00000002.yaml")


def test_what_nobody_can_meet_is_a_fault_and_what_decides_nothing_a_warning() -> None:
    lines = "  - age: {min: 18 years}\n  - age: {max: 10 years}\n  - age: {min: 0 years}\n"
    checked = check_file(TEXT.replace("  - age: {min: 18 years}\n", lines), "here.yaml")
    assert [(one.path, one.line) for one in checked.errors] == [("include[1]", 8)]
    assert [one.path for one in checked.warnings] == ["include[2]"]


def test_more_cases_than_anybody_runs_are_refused() -> None:
    one = "  - {name: A child, patient: {patient_ref: A-2, age: 9 years}, expect: ineligible}\n"
    [fault] = check_trial(TEXT + one * MAX_CASES).faults
    assert fault.path == "cases"


def test_a_version_changes_with_a_definition_that_the_trial_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    library = load_library()
    users = {one: trial.version for one, trial in library.trials.items() if "rai-refractory/" in library.texts[one]}
    others = {one: trial.version for one, trial in library.trials.items() if "meets" not in library.texts[one]}
    assert users
    assert others
    known = definitions.Definitions.meaning

    def meaning(self: definitions.Definitions, name: str) -> str:
        return known(self, name) + (" changed" if name.startswith("rai-refractory/") else "")

    monkeypatch.setattr(definitions.Definitions, "meaning", meaning)
    assert all(library.version_of(one, library.texts[one]) != version for one, version in users.items())
    unmoved = [one for one, version in others.items() if library.version_of(one, library.texts[one]) == version]
    assert unmoved


def test_a_definitions_title_and_source_are_not_part_of_what_it_means() -> None:
    meaning = definitions.meaning_of("rai-refractory/ata-2025")
    entry = load_library().definitions["rai-refractory/ata-2025"]
    assert entry.title not in meaning
    assert "criterion" in meaning


def test_a_stored_version_keeps_its_name() -> None:
    assert stored_trial(TEXT, "NCT00000001.yaml").version == parse_trial(TEXT, "x").version
    assert stored_trial(TEXT, "NCT00000001.yaml", "00000000").version == "00000000"
    assert stored_trial("id: [", "NCT00000001.yaml", "00000000").version == "00000000"


def test_a_text_that_cannot_be_read_has_no_version() -> None:
    assert load_library().version_of("NCT00000001", "id: [") is None


def test_moves_are_told_as_records() -> None:
    assert moves_card({"possible>ineligible": 3}) == [{"before": "possible", "after": "ineligible", "patients": 3}]
