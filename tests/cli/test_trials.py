"""`trialmatch trials`: list, show, check and test, as tables and as JSON."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.trials.library import load_library
from trialmatch.cli import main

PACKAGED = Path(str(files("knowledge"))) / "trials"
ONE = PACKAGED / "NCT02152995.yaml"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["trials", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_packaged_trial_is_listed() -> None:
    code, table, _ = run("list")
    listed = json.loads(run("list", "--json")[1])
    assert code == 0
    assert [trial["id"] for trial in listed] == sorted(load_library().trials)
    assert all(trial["id"] in table for trial in listed)
    assert max(map(len, table.splitlines())) <= 100


def test_a_trial_is_shown_in_english_with_its_cohorts() -> None:
    code, page, _ = run("show", "NCT02152995")
    card = json.loads(run("show", "NCT02152995", "--json")[1])
    assert code == 0
    assert "Inclusion criteria" in page
    assert "Exclusion criteria" in page
    assert all(f"Cohort {cohort['id']}: {cohort['title']}" in page for cohort in card["cohorts"])
    assert all(criterion["text"] in page for criterion in card["criteria"])


def test_an_unknown_trial_is_answered_with_the_nearest_id() -> None:
    code, _, message = run("show", "NCT02152996")
    assert (code, "did you mean NCT02152995?" in message) == (1, True)


def test_the_packaged_trials_have_no_errors() -> None:
    code, text, _ = run("check")
    assert (code, "0 errors" in text) == (0, True), text


def test_a_typo_in_a_trial_is_reported_by_file_line_and_path_with_the_nearest_kind(tmp_path: Path) -> None:
    file = tmp_path / "trial.yaml"
    text = ONE.read_text()
    file.write_text(text.replace("histology:", "histolgy:", 1))
    line = next(number for number, text in enumerate(file.read_text().splitlines(), 1) if "histolgy" in text)
    code, output, _ = run("check", str(file))
    assert code == 1
    assert f"{file}:{line}:include[1]" in output
    assert "did you mean histology?" in output
    faults = json.loads(run("check", str(file), "--json")[1])["faults"]
    assert (faults[0]["file"], faults[0]["line"]) == (str(file), line)


def test_the_cases_of_a_packaged_trial_pass_and_are_counted() -> None:
    code, text, _ = run("test", str(ONE), "--json")
    counted = json.loads(text)
    assert (code, counted["trials"], counted["failed"]) == (0, 1, [])
    assert counted["cases"] >= 4


def test_a_failed_case_is_reported_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "trial.yaml"
    file.write_text(ONE.read_text().replace("expect: ineligible", "expect: eligible", 1))
    code, text, _ = run("test", str(file))
    assert (code, "expected eligible, found ineligible" in text, f"{file}:" in text) == (1, True, True)
    failed = json.loads(run("test", str(file), "--json")[1])["failed"]
    assert (len(failed), failed[0]["trial"]) == (1, "NCT02152995")


def test_a_folder_means_the_trials_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ONE.read_text())
    (tmp_path / "notes.txt").write_text("no trial")
    assert json.loads(run("test", str(tmp_path), "--json")[1])["trials"] == 1


@pytest.mark.parametrize("command", ["check", "test"])
def test_a_binary_file_is_an_input_error(tmp_path: Path, command: str) -> None:
    file = tmp_path / "trial.yaml"
    file.write_bytes(b"id: \xff\xfe")
    code, out, error = run(command, str(file))
    assert (code, str(file) in out + error, "not UTF-8 text" in out + error) == (1, True, True)
