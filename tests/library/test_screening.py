"""`trialmatch.screen` gives what the command `trialmatch screen` gives, from files and from Arrow data."""

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import csv, parquet

import trialmatch
from registry.options import FORMATS, ReadOptions
from support.synthetic_registry import write_registry
from trialmatch.cli import main
from trialmatch.cli.demo import EXAMPLES

REGISTRY = EXAMPLES.parent / "registry" / "registry.csv"
BAD_ROW = b'"=cmd",secret'


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 synthetic patients and a bad row."""
    file = tmp_path_factory.mktemp("registry") / "registry.csv"
    write_registry(file, 300)
    commas = file.read_bytes().partition(b"\n")[0].count(b",")
    with file.open("ab") as more:
        more.write(BAD_ROW + b"," * (commas - 1) + b"\n")
    return file


def table_of(file: Path) -> pa.Table:
    """The cells of a CSV file as text."""
    names = csv.open_csv(file).schema.names
    types = dict.fromkeys(names, pa.string())
    return csv.read_csv(file, convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=True))


def command(file: Path, folder: Path, *options: str) -> tuple[pa.Table, pa.Table, Any]:
    out, errors = folder / "out.parquet", folder / "errors.csv"
    result = CliRunner().invoke(
        main, ["screen", str(file), "-o", str(out), "--errors", str(errors), "--json", *options]
    )
    assert result.exit_code == 0, result.output
    return parquet.read_table(out), errors.read_text().splitlines()[1:], json.loads(result.stdout)


def check(screening: trialmatch.Screening, expected: tuple[pa.Table, Any, Any]) -> None:
    verdicts, errors, totals = expected
    assert screening.verdicts.to_pylist() == verdicts.to_pylist()
    assert screening.verdicts.schema.metadata == {
        key: value for key, value in verdicts.schema.metadata.items() if not key.startswith(b"ARROW")
    }
    assert len(screening.faults) == len(errors)
    for row, line in zip(screening.faults.to_pylist(), errors, strict=True):
        assert line.startswith(f"{row['row']},{row['path']},")
    assert screening.totals == totals


@pytest.mark.parametrize("processes", [0, 1, 2])
def test_a_file_gives_what_the_command_gives(registry: Path, tmp_path: Path, processes: int) -> None:
    check(trialmatch.screen(registry, processes=processes), command(registry, tmp_path))


def test_options_are_those_of_the_command(registry: Path, tmp_path: Path) -> None:
    found = trialmatch.screen(registry, assume_complete=["therapies", "conditions"], as_of=2026)
    check(found, command(registry, tmp_path, "--assume-complete", "therapies,conditions", "--as-of", "2026"))
    assert found.totals["assumed_complete"] == ["therapies", "conditions"]


class ExportsArrow:
    """A data frame of another library, which only exports the Arrow stream interface."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def large_strings(table: pa.Table) -> pa.Table:
    return table.cast(pa.schema([(name, pa.large_string()) for name in table.column_names]))


def dictionaries(table: pa.Table) -> pa.Table:
    columns = [column.combine_chunks().dictionary_encode() for column in table.columns]
    return pa.table(columns, names=table.column_names)


@pytest.mark.parametrize(
    "form",
    [
        lambda table: table,
        lambda table: table.to_reader(max_chunksize=7),
        lambda table: pa.Table.from_batches(table.to_batches(max_chunksize=50)).to_reader(),
        large_strings,
        dictionaries,
        ExportsArrow,
    ],
    ids=["table", "small batches", "reader", "large strings", "dictionaries", "Arrow stream"],
)
def test_an_arrow_table_gives_what_the_command_gives(
    registry: Path, tmp_path: Path, form: Callable[[pa.Table], Any]
) -> None:
    check(trialmatch.screen(form(table_of(registry))), command(registry, tmp_path))


def test_long_form_tables_gather_the_rows_of_a_patient() -> None:
    table = pa.table(
        {
            "patient_ref": ["A", "A", "B"],
            "age": ["54 years", None, "17 years"],
            "radioiodine.courses.activity": ["150 mCi", "100 mCi", None],
        }
    )
    assert trialmatch.screen(table, long=True).verdicts.column("patient_ref").to_pylist() == ["A", "B"]


def test_a_fault_of_the_table_is_an_error() -> None:
    with pytest.raises(trialmatch.InputError, match="column 2"):
        trialmatch.screen(pa.table({"patient_ref": ["A"], "agee": ["54 years"]}))
    with pytest.raises(trialmatch.InputError, match="no rows"):
        trialmatch.screen(pa.table({"patient_ref": pa.array([], pa.string())}))


def test_a_fault_of_the_file_names_it(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("patient_ref,agee\nA,1 years\n")
    with pytest.raises(trialmatch.InputError) as error:
        trialmatch.screen(file)
    assert [fault.file for fault in error.value.faults] == [str(file)]


def test_an_option_outside_its_range_is_an_error() -> None:
    with pytest.raises(trialmatch.InputError):
        trialmatch.screen(REGISTRY, as_of=12)
    with pytest.raises(trialmatch.InputError, match="unknown option"):
        trialmatch.screen(REGISTRY, assume="therapies")  # type: ignore[call-arg]


def test_the_options_are_declared_once_for_readers_of_types() -> None:
    assert list(trialmatch.ScreenOptions.__annotations__) == sorted(
        trialmatch.ScreenOptions.__annotations__, key=[field.name for field in fields(ReadOptions)].index
    )
    assert set(trialmatch.ScreenOptions.__annotations__) == {field.name for field in fields(ReadOptions)}
    (option,) = (option for option in main.commands["screen"].params if option.name == "format_")  # type: ignore[attr-defined]
    assert tuple(option.type.choices) == FORMATS


def test_attrition_is_a_row_for_each_criterion() -> None:
    screening = trialmatch.screen(REGISTRY)
    lines = [line for trial in screening.totals["trials"] for line in trial["attrition"]]
    assert screening.attrition.drop_columns(["trial"]).to_pylist() == lines


def test_the_example_registry_has_no_bad_rows_and_some_patients_of_each_verdict() -> None:
    screening = trialmatch.screen(REGISTRY)
    assert (screening.totals["matched"], screening.totals["bad"]) == (20, 0)
    for verdict in ("eligible", "possible", "ineligible"):
        assert any(trial[verdict] for trial in screening.totals["trials"])
