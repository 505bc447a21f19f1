"""`trialmatch trials new|check|diff|coverage` on files."""

import json
from pathlib import Path
from shutil import copy
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authoring.coverage import coverage, encoded_share
from authoring.starter import starter
from schemas.inputs.faults import InputError
from schemas.trials.library import load_library
from schemas.trials.trial_file import read_trial_file
from trialmatch.cli import main

TRIAL = "NCT02152995"
EXAMPLES = Path(__file__).parents[2] / "examples" / "patients"


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["trials", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def run_json(*words: object, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code).stdout)


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The packaged trial with a higher age."""
    file = tmp_path / "edited.yaml"
    text = load_library().texts[TRIAL]
    assert text.count("18 years") == 1
    file.write_text(text.replace("18 years", "60 years"), "utf-8")
    return file


# --- new -------------------------------------------------------------------------------------------


def test_a_new_trial_passes_check_and_its_own_cases(tmp_path: Path) -> None:
    run("new", "NCT09999999", "--folder", tmp_path)
    file = tmp_path / "NCT09999999.yaml"
    assert run_json("check", file) == {"trials": 1, "faults": [], "warnings": []}
    assert run_json("test", file) == {"trials": 1, "cases": 4, "failed": []}
    assert coverage(read_trial_file(file.read_text("utf-8"), file.name)).counts() == {
        "bullets": 8, "encoded": 6, "confirm": 1, "not_encoded": 1, "not_seen": 0,
    }  # fmt: skip


def test_a_new_trial_never_overwrites_a_file(tmp_path: Path) -> None:
    file = tmp_path / "NCT09999999.yaml"
    file.write_text("mine", "utf-8")
    assert "already exists" in run("new", "NCT09999999", "--folder", tmp_path, code=1).stderr
    assert file.read_text("utf-8") == "mine"


@pytest.mark.parametrize("trial_id", ["", "../x", "nct1234", "NCT1234/5", "NCT09999999.yaml"])
def test_a_new_trial_needs_a_valid_id(trial_id: str, tmp_path: Path) -> None:
    assert "not a trial id" in run("new", trial_id, "--folder", tmp_path, code=1).stderr
    assert list(tmp_path.iterdir()) == []


def test_the_starter_has_the_year_of_the_status() -> None:
    assert 'seen: "2031"' in starter("EUCTR2016-002941-49", 2031)


# --- check -----------------------------------------------------------------------------------------


def test_check_reads_every_file_even_if_some_are_faulty(tmp_path: Path) -> None:
    run("new", "NCT00000002", "--folder", tmp_path)
    (tmp_path / "a.yaml").write_bytes(b"\xff\x00")
    (tmp_path / "b.yaml").write_text("id: [", "utf-8")
    found = run_json("check", tmp_path, code=1)
    assert found["trials"] == 3
    assert [(Path(fault["file"]).name, fault["message"]) for fault in found["faults"]] == [
        ("a.yaml", "not UTF-8 text"),
        ("b.yaml", "not valid YAML"),
    ]


def test_check_reports_errors_and_warnings_by_line_and_exits_1_on_errors_only(tmp_path: Path) -> None:
    text = starter("NCT00000001", 2024)
    odd, wrong = (tmp_path / "odd.yaml", tmp_path / "wrong.yaml")
    odd.write_text(text.replace("age: {min: 18 years}", "age: {min: 0 years}"), "utf-8")
    wrong.write_text(
        text.replace("title: BRAF V600E\n    include:", "title: Children\n    include:\n      - age: {max: 9 years}")
    )
    assert f"{odd}:14:include[0]: warning: every patient meets this" in run("check", odd).output
    output = run("check", wrong, code=1).output
    assert f"{wrong}:45:cohorts[0].include[0]: error: contradicts the trial: no patient can meet this" in output
    assert "1 trials, 1 errors, 0 warnings" in output


def test_check_reports_bullets_that_no_criterion_accounts_for(tmp_path: Path) -> None:
    file = tmp_path / "gap.yaml"
    file.write_text(starter("NCT00000001", 2024).replace("bullet: E2", "bullet: E1"), "utf-8")
    [fault] = run_json("check", file, code=1)["faults"]
    assert (fault["path"], fault["message"]) == ("bullets", "no criterion accounts for E2")


# --- diff ------------------------------------------------------------------------------------------


def test_diff_of_a_packaged_trial_and_a_file(edited: Path) -> None:
    output = run("diff", TRIAL, edited).output
    assert "include[0]: changed\n    - age at least 18 years\n    + age at least 60 years" in output
    assert "no change" in run("diff", TRIAL, TRIAL).output


def test_diff_reports_added_removed_and_moved_criteria(edited: Path) -> None:
    text = edited.read_text("utf-8")
    first = text.index("  - age:"), text.index("  - histology:")
    age = text[first[0] : first[1]]
    edited.write_text(text.replace(age, "").replace("exclude:\n", "exclude:\n" + age + "  - sex: [male]\n"), "utf-8")
    output = run("diff", TRIAL, edited).output
    assert "formerly include[0]: removed: age at least 18 years" in output
    assert "exclude[1]: added: sex: male" in output
    moved = edited.with_name("moved.yaml")
    text = load_library().texts[TRIAL]
    age = age.replace("60", "18")
    moved.write_text(text.replace(age, "").replace("exclude:\n", "exclude:\n" + age), "utf-8")
    assert "exclude[0]: moved from include[0]: age at least 18 years" in run("diff", TRIAL, moved).output


def test_diff_by_version(edited: Path) -> None:
    version = load_library().trials[TRIAL].version
    found = run_json("diff", f"{TRIAL}@{version[:6]}", edited)
    assert found["old"] == {"id": TRIAL, "version": version}
    assert [change["what"] for change in found["changes"]] == ["changed"]
    assert f"the packaged version of {TRIAL} is {version}" in run("diff", f"{TRIAL}@nothing", edited, code=1).stderr


def test_diff_of_an_unknown_or_invalid_trial(edited: Path) -> None:
    assert f"did you mean {TRIAL}?" in run("diff", "NCT0215299", edited, code=1).stderr
    edited.write_text("id: [", "utf-8")
    assert "not valid YAML" in run("diff", TRIAL, edited, code=1).stderr


def test_diff_lists_the_affected_patients_of_a_folder(edited: Path, tmp_path: Path) -> None:
    folder = tmp_path / "patients"
    folder.mkdir()
    copy(EXAMPLES / "ras-mutant-adult.json", folder)
    copy(EXAMPLES / "medullary.json", folder)
    edited.write_text(edited.read_text("utf-8").replace("min: 60 years", "min: 85 years"), "utf-8")
    found = run_json("diff", TRIAL, edited, "--patients", folder)["patients"]
    assert found["read"] == 2
    [moved] = found["moved"]
    assert (moved["patient"], moved["after"], moved["because"]) == ("EX-002", "ineligible", ["include[0]"])
    output = run("diff", TRIAL, edited, "--patients", folder).output
    assert f"EX-002: {moved['before']} -> ineligible (cohorts A -> none), because of include[0]" in output
    assert "1 of 2 patients would change" in output


def test_diff_reads_patients_line_by_line(edited: Path, tmp_path: Path) -> None:
    lines = tmp_path / "patients.ndjson"
    lines.write_text('{"patient_ref": "A", "age": "50 years"}\n\n{"patient_ref": "B", "age": "70 years"}\n', "utf-8")
    moved = run_json("diff", TRIAL, edited, "--patients", lines)["patients"]
    assert moved["read"] == 2
    assert [(patient["patient"], patient["before"], patient["after"]) for patient in moved["moved"]] == [
        ("A", "possible", "ineligible")
    ]
    lines.write_text('{"patient_ref": "A"}\n{"patient_ref": "B", "age": "70 mm"}\n', "utf-8")
    assert f"{lines}:2:age: unknown unit" in run("diff", TRIAL, edited, "--patients", lines, code=1).stderr


# --- coverage --------------------------------------------------------------------------------------


def test_coverage_counts_bullets_and_gives_reasons_if_not_encoded(tmp_path: Path) -> None:
    run("new", "NCT00000001", "--folder", tmp_path)
    counts = {"bullets": 8, "encoded": 6, "confirm": 1, "not_encoded": 1, "not_seen": 0, "share": 0.8571}
    reasons = {"I6": "No fact of the summary says whether swallowing is intact."}
    assert run_json("coverage", tmp_path) == {
        "trials": {"NCT00000001": {**counts, "reasons": reasons}},
        "total": counts,
    }
    output = run("coverage", tmp_path).output
    assert "85.7%" in output
    assert "NCT00000001 I6: No fact of the summary says" in output


def test_coverage_of_a_source_without_bullets_has_no_share() -> None:
    assert encoded_share({"encoded": 0, "not_encoded": 1, "not_seen": 1}) is None
    assert encoded_share({"encoded": 19, "not_encoded": 1, "not_seen": 0}) == 0.95


def test_bullets_not_seen_are_counted_apart_and_not_as_about_facts(tmp_path: Path) -> None:
    reason = "No fact of the summary says whether swallowing is intact."
    text = starter("NCT00000001", 2024)
    assert text.count(reason) == 1
    file = tmp_path / "NCT00000001.yaml"
    file.write_text(text.replace(reason, "Exclusion criteria are not in our data"), "utf-8")
    counts = {"bullets": 8, "encoded": 6, "confirm": 1, "not_encoded": 1, "not_seen": 1, "share": 1.0}
    assert run_json("coverage", file)["total"] == counts


def test_coverage_of_the_library_adds_up() -> None:
    found = run_json("coverage")
    assert set(found["trials"]) == set(load_library().trials)
    for key in ("bullets", "encoded", "confirm", "not_encoded", "not_seen"):
        assert found["total"][key] == sum(counts[key] for counts in found["trials"].values())
    assert found["total"]["bullets"] == sum(found["total"][key] for key in ("encoded", "confirm", "not_encoded"))
    assert found["total"]["share"] >= 0.95


def test_coverage_of_a_trial_without_bullets_is_shown_as_such(tmp_path: Path) -> None:
    file = tmp_path / "bare.yaml"
    lines = starter("NCT00000001", 2024).splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "bullet" not in line), "utf-8")
    assert run_json("coverage", file)["total"]["share"] is None
    assert run("coverage", file).output.split()[-7:] == ["Total", "0", "0", "0", "0", "0", "-"]


def test_a_bullet_that_the_source_does_not_have_is_rejected() -> None:
    with pytest.raises(InputError, match="the source has no bullet I9"):
        coverage(read_trial_file(starter("NCT00000001", 2024).replace("bullet: I6", "bullet: [I6, I9]"), "trial.yaml"))
