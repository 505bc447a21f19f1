"""`trialmatch.match`, `explain`, `load_trials` and `read_note` give what the commands print."""

import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner

import trialmatch
from trialmatch.cli import main
from trialmatch.cli.demo import EXAMPLES

BRAF = EXAMPLES / "braf-micronodular.json"
TRIALS = Path(str(files("knowledge"))) / "trials"
NOTE = EXAMPLES.parent / "notes" / "referral-letter.txt"


def printed(*arguments: object) -> object:
    result = CliRunner().invoke(main, [*map(str, arguments), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.parametrize("path", [BRAF, str(BRAF)], ids=["Path", "str"])
def test_a_file_gives_what_the_command_prints(path: Path | str) -> None:
    assert trialmatch.match(path) == printed("match", BRAF)


def test_a_dictionary_gives_the_same_as_its_file() -> None:
    assert trialmatch.match(json.loads(BRAF.read_text())) == trialmatch.match(BRAF)


def test_trials_may_be_a_list_or_a_folder(tmp_path: Path) -> None:
    shutil.copy(TRIALS / "NCT02152995.yaml", tmp_path)
    (trial,) = trialmatch.load_trials(tmp_path)
    expected = [match for match in trialmatch.match(BRAF)["matches"] if match["trial"] == "NCT02152995"]
    assert trialmatch.match(BRAF, [trial])["matches"] == trialmatch.match(BRAF, tmp_path)["matches"] == expected
    assert [trialmatch.explain(BRAF, trial)] == [trialmatch.explain(BRAF, "NCT02152995")] == expected


def test_a_folder_is_read_again_when_its_files_change(tmp_path: Path) -> None:
    file = Path(shutil.copy(TRIALS / "NCT02152995.yaml", tmp_path))
    before = trialmatch.load_trials(tmp_path)
    file.write_text(file.read_text("utf-8").replace("title: ", "title: Edited: ", 1).replace("Edited: ", "Edited, "))
    assert trialmatch.load_trials(tmp_path)[0].title.startswith("Edited, ")
    assert trialmatch.load_trials(tmp_path) != before


def test_a_faulty_trial_file_is_an_error_and_not_skipped(tmp_path: Path) -> None:
    shutil.copy(TRIALS / "NCT02152995.yaml", tmp_path)
    (tmp_path / "wrong.yaml").write_text("id: NCT00000001\n")
    with pytest.raises(trialmatch.InputError) as error:
        trialmatch.match(BRAF, tmp_path)
    assert {fault.file for fault in error.value.faults} == {"wrong.yaml"}


def test_no_trials_are_an_error(tmp_path: Path) -> None:
    for trials in ([], tmp_path):
        with pytest.raises(trialmatch.InputError, match="no trials"):
            trialmatch.match(BRAF, trials)


def test_an_invalid_summary_names_every_fault(tmp_path: Path) -> None:
    summary = {"patient_ref": "A", "age": "5 yeers", "diagnosis": {"histology": "papilary"}}
    file = tmp_path / "summary.json"
    file.write_text(json.dumps(summary, indent=1))
    for given, places in ((summary, [None, None]), (file, [(str(file), 3), (str(file), 5)])):
        with pytest.raises(trialmatch.InputError) as error:
            trialmatch.match(given)
        assert [fault.path for fault in error.value.faults] == ["age", "diagnosis.histology"]
        found = [fault.file and (fault.file, fault.line) for fault in error.value.faults]
        assert found == places


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\x00b"])
def test_a_dictionary_is_checked_like_json(value: object) -> None:
    with pytest.raises(trialmatch.InputError) as error:
        trialmatch.match({"patient_ref": "A", "age": value})
    assert [fault.path for fault in error.value.faults] == ["age"]


def test_an_unknown_trial_is_answered_with_the_nearest_id() -> None:
    with pytest.raises(KeyError, match="did you mean NCT02152995"):
        trialmatch.explain(BRAF, "NCT02152996")


def test_a_note_gives_what_the_command_prints() -> None:
    assert trialmatch.read_note(NOTE.read_text("utf-8")) == printed("extract", NOTE)


def test_a_note_with_an_identifier_is_refused() -> None:
    with pytest.raises(trialmatch.InputError):
        trialmatch.read_note("Mr John Smith, born 12/03/1961, papillary thyroid carcinoma.")


@pytest.mark.parametrize("note", sorted(NOTE.parent.glob("*.txt")), ids=lambda path: path.stem)
def test_the_example_notes_can_be_matched(note: Path) -> None:
    found = trialmatch.read_note(note.read_text("utf-8"))
    assert found["contradictions"] == []
    assert trialmatch.match(found["summary"])["matches"]
