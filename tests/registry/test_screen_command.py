"""`trialmatch screen`: from a file to files, and its messages for a faulty file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow import parquet

from registry.decode.template import template_headers
from support.synthetic_registry import write_registry
from tests.registry.screened_files import screened, verdicts
from trialmatch.cli import main

ROWS = 300


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("registry") / "registry.csv"
    write_registry(file, ROWS)
    with file.open("ab") as more:
        more.write(b'"=cmd",secret' + b"," * 86 + b"\nX,1\n")
    return file


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["screen", *map(str, arguments)])
    return done.exit_code, done.output if done.exit_code else done.stdout


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
def test_every_format_has_every_readable_row(registry: Path, tmp_path: Path, kind: str, processes: int) -> None:
    out, errors = tmp_path / f"out.{kind}", tmp_path / "errors.csv"
    code, text = run(registry, "-o", out, "--errors", errors, "--processes", processes, "--json")
    output = json.loads(text)
    assert (code, output["rows"], output["matched"], output["bad"]) == (0, ROWS + 2, ROWS, 2)
    assert len(parquet.read_table(out) if kind == "parquet" else out.read_text().splitlines()) in (ROWS, ROWS + 1)
    rows = [line.partition(",")[0] for line in errors.read_text().splitlines()]
    assert rows == ["row", str(ROWS + 1), str(ROWS + 1), str(ROWS + 2)]
    assert "secret" not in errors.read_text()
    assert "cmd" not in errors.read_text()


def test_the_verdicts_are_those_of_the_chunks(registry: Path, tmp_path: Path) -> None:
    run(registry, "-o", tmp_path / "out.parquet")
    words = {"ineligible": -1, "possible": 0, "eligible": 1}
    written = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    expected = verdicts(screened(registry.read_bytes(), count=1000))
    assert {row["patient_ref"]: [words[word] for word in list(row.values())[2:]] for row in written} == expected


def test_the_counts_add_up(registry: Path) -> None:
    output = json.loads(run(registry, "--json")[1])
    for trial in output["trials"]:
        assert sum(trial[verdict] for verdict in ("eligible", "possible", "ineligible")) == ROWS
        removed = [line for line in trial["attrition"] if not line["path"].startswith("cohorts")]
        assert sum(line["in_sequence"] for line in removed) <= trial["ineligible"]
        assert all(0 <= line["in_sequence"] <= line["alone"] for line in removed)
        assert all(0 <= line["in_sequence_unknown"] <= line["alone_unknown"] for line in removed)


def test_the_table_shows_the_notice(registry: Path) -> None:
    code, text = run(registry, "--assume-complete", "therapies")
    assert code == 0
    assert "Assumed complete unless a row says otherwise: therapies." in text
    assert "the investigator decides" in text


def test_a_fault_of_the_file_is_reported_and_leaves_no_partial_output(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"patient_ref,agee\nA,1 years\n")
    code, text = run(tmp_path / "bad.csv", "-o", tmp_path / "out.csv")
    assert code == 1
    assert "bad.csv:1:column 2: not recognised: choose what it contains (did you mean age?" in text
    assert not (tmp_path / "out.csv").exists()


def test_a_mapping_translates_other_headers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,Alter,geschlecht,hypertonie,station\nA,54,1,1,x\nB,,9,,\n")
    mapping = {
        "id": "patient_ref",
        "Alter": {"fact": "age", "unit": "years"},
        "geschlecht": {"fact": "sex", "values": {"1": "female", "9": None}},
        "hypertonie": {"fact": "conditions[0].present", "set": {"conditions[0].condition": "hypertension"}},
        "station": None,
    }
    (tmp_path / "map.json").write_text(json.dumps(mapping))
    output = json.loads(run(tmp_path / "a.csv", "--mapping", tmp_path / "map.json", "--json")[1])
    assert (output["matched"], output["bad"]) == (2, 0)


@pytest.mark.parametrize("arguments", [(), ("missing.csv",), ("-o", "out.xlsx", __file__)])
def test_wrong_usage_exits_with_two(arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def test_the_template_has_every_fact() -> None:
    assert run("--template")[1].strip().split(",") == template_headers()
