"""`trialmatch match`: the verdict shape, a readable table, and faults by file, line and path."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.trials.library import load_library
from trialmatch.cli import main
from verdicts.match_schema import MatchResultSchema

EXAMPLES = Path(__file__).parents[2] / "examples" / "patients"
BRAF = EXAMPLES / "braf-micronodular.json"


def verdicts(file: Path) -> dict[str, dict[str, object]]:
    result = CliRunner().invoke(main, ["match", str(file), "--json"])
    assert result.exit_code == 0, result.output
    return {match["trial"]: match for match in json.loads(result.stdout)["matches"]}


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.json")), ids=lambda file: file.stem)
def test_json_is_the_verdict_shape_with_every_trial(file: Path) -> None:
    result = CliRunner().invoke(main, ["match", str(file), "--json"])
    body = json.loads(result.stdout)
    assert MatchResultSchema().validate(body) == {}
    assert {match["trial"] for match in body["matches"]} == set(load_library().trials)
    assert body["notice"]


def test_nodules_below_a_centimetre_are_not_measurable_but_may_be_evaluable(tmp_path: Path) -> None:
    sized = verdicts(BRAF)
    assert sized["NCT04554680"]["verdict"] == "ineligible"  # asks for RECIST 1.1 measurable disease
    assert sized["NCT03244956"]["verdict"] == "eligible"  # asks for no more than no large lesion


def test_without_the_sizes_the_same_patient_is_possible_and_the_missing_fact_is_named(tmp_path: Path) -> None:
    summary = json.loads(BRAF.read_text())
    for lesion in summary["disease"]["lesions"]:
        del lesion["longest_diameter"]
    (tmp_path / "unsized.json").write_text(json.dumps(summary))
    match = verdicts(tmp_path / "unsized.json")["NCT04554680"]
    assert match["verdict"] == "possible"
    assert "disease.lesions[0].longest_diameter" in {fact["fact"] for fact in match["missing"]}  # type: ignore[attr-defined]


def test_the_table_fits_a_pipe_and_has_no_colours() -> None:
    output = CliRunner().invoke(main, ["match", str(BRAF)]).stdout
    assert max(map(len, output.splitlines())) <= 100
    assert "\x1b" not in output
    assert all(trial in output for trial in load_library().trials)
    assert "not met: RECIST 1.1 measurable disease" in output
    assert output.rstrip().endswith("the investigator decides on eligibility.")


def test_faults_are_reported_by_file_line_and_path(tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_text('{"patient_ref": "A",\n "age": "5 yeers",\n "diagnosis": {\n  "histology": "papilary"}}')
    result = CliRunner().invoke(main, ["match", str(file)])
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith(f"{file}:2:age: unknown unit")
    assert "did you mean years?" in first
    assert second.startswith(f"{file}:4:diagnosis.histology: histology not recognised")
    assert "did you mean papillary?" in second


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"patient_ref": "A",\n "age": NaN}', ":2:age: "),
        ('{"patient_ref": "A",\n "age": "5 years",\n "age": "6 years"}', ":2:age: "),
        ('{"patient_ref": "A",\n "age" "5 years"}', ":2: not valid JSON"),
        ("[1, 2]", ":1: a patient summary must be"),
        ("", ": no content"),
    ],
)
def test_an_unreadable_summary_is_reported_by_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)
    result = CliRunner().invoke(main, ["match", str(file)])
    assert (result.exit_code, result.stderr.startswith(f"{file}{place}")) == (1, True), result.stderr


def test_a_summary_is_read_from_standard_input() -> None:
    result = CliRunner().invoke(main, ["match", "-", "--json"], input=BRAF.read_text())
    assert result.exit_code == 0, (result.stderr, result.exc_info)
    assert json.loads(result.stdout)["patient"] == "EX-001"
    wrong = CliRunner().invoke(main, ["match", "-"], input="{")
    assert (wrong.exit_code, wrong.stderr.startswith("standard input:1: ")) == (1, True)


@pytest.mark.parametrize("arguments", [["match"], ["match", "no-such-file"], ["match", str(BRAF), "--xml"], ["mach"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2
