"""Chunks are small enough for a process whatever the file, and the results do not depend on the chunks."""

import csv
import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry.options import ReadOptions
from registry.read import read_chunks as reading
from registry.read import row_batches
from registry.read.chunk import Chunk
from registry.read.read_chunks import read_chunks
from schemas.inputs.faults import InputError
from tests.registry.screened_files import faults, screened, verdicts

ROWS = 300
HEADER = ("patient_ref", "age", "disease.thyroglobulin", "genomics.variants[0].gene", "performance.ecog")


def cells() -> Iterator[tuple[str, ...]]:
    """Cells that rarely repeat; some rows are refused, and some have a cell too many."""
    for number in range(ROWS):
        gene = "BRAF" if number % 3 else f"nonsense {number}"
        yield f"P{number}", f"{20 + number / 7:.3f} years", f"{number}.25 ng/mL", gene, str(number % 4)


def table(sign: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows((*row, "more") if number % 50 == 7 else row for number, row in enumerate(cells()))
    return out.getvalue().encode()


def long_form() -> bytes:
    rows = (
        (row[0], *(cell if place == filled else "" for place, cell in enumerate(row[1:])))
        for row in cells()
        for filled in range(4)
    )
    names = [name.replace("[0]", "") for name in HEADER]
    return "\n".join(",".join(row) for row in chain([names], rows)).encode()


def columnar() -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(dict(zip(HEADER, map(list, zip(*cells(), strict=True)), strict=True))), sink)
    return sink.getvalue()


def lines() -> bytes:
    summaries = (
        {"patient_ref": ref, "age": age, "disease": {"thyroglobulin": tg}, "genomics": {"variants": [{"gene": gene}]}}
        for ref, age, tg, gene, _ in cells()
    )
    return "".join(json.dumps(summary) + "\n" for summary in summaries).encode()


FILES = {
    "csv": (table(), ReadOptions()),
    "tsv": (table("\t"), ReadOptions()),
    "long": (long_form(), ReadOptions(long=True)),
    "parquet": (columnar(), ReadOptions()),
    "ndjson": (lines(), ReadOptions()),
}


@pytest.fixture(params=FILES)
def file(request: pytest.FixtureRequest) -> tuple[bytes, ReadOptions]:
    return FILES[request.param]


def limit_cells(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(row_batches, "MAX_CHUNK_CELLS", cells)
    monkeypatch.setattr(row_batches, "PLAIN_BYTES_PER_CELL", 20)


def chunks(body: bytes, options: ReadOptions, rows: int) -> list[Chunk]:
    return [Chunk.from_bytes(payload) for payload in read_chunks(io.BytesIO(body), options, rows)]


@pytest.mark.parametrize("rows", [ROWS, 40])
def test_results_do_not_depend_on_the_number_of_chunks(
    file: tuple[bytes, ReadOptions], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = screened(*file, rows=4 * ROWS)
    assert len(whole) == 1
    assert len(verdicts(whole)) > 150
    assert len(faults(whole)) >= ROWS // 3
    limit_cells(monkeypatch, 100)
    parts = screened(*file, rows=rows)
    assert len(parts) >= 6
    assert verdicts(parts) == verdicts(whole)
    assert sorted(faults(parts)) == sorted(faults(whole))


def test_no_chunk_exceeds_its_weight_or_keeps_values_of_another(
    file: tuple[bytes, ReadOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_cells(monkeypatch, 100)
    found = chunks(*file, 4 * ROWS)
    weights = [row_batches.RowBatch(chunk.table, chunk.numbers).weight for chunk in found]
    assert max(weights) < 200
    assert sum(weights) < 40 * ROWS


def test_a_patient_is_in_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_cells(monkeypatch, 30)
    found = chunks(*FILES["long"], 4 * ROWS)
    numbers = [set(chunk.numbers.tolist()) for chunk in found]
    assert len(found) > 20
    assert sum(map(len, numbers)) == len(set().union(*numbers)) == ROWS


def test_cells_that_repeat_weigh_little() -> None:
    rows = b"".join(b"P%d,papillary,2\n" % number for number in range(5_000))
    body = b"patient_ref,diagnosis.histology,performance.ecog\n" + rows
    (chunk,) = chunks(body, ReadOptions(), 40_000)
    assert row_batches.RowBatch(chunk.table, chunk.numbers).weight < 5_000


def test_empty_cells_of_a_wide_table_have_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_cells(monkeypatch, 1_000)
    names = [f"labs[{slot}].value" for slot in range(300)]
    rows = "".join(f"P{number}{',' * len(names)}\n" for number in range(ROWS))
    found = chunks(f"patient_ref,{','.join(names)}\n{rows}".encode(), ReadOptions(), 4 * ROWS)
    assert len(found) >= 300 * ROWS // row_batches.ENCODED_CELLS_PER_CELL // 1_000
    assert sum(len(chunk.numbers) for chunk in found) == ROWS


def test_only_the_patient_with_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS_OF_PATIENT", 4)
    rows = "A,30 years\nB,40 years\nB,\nB,\nB,\nB,\nB,\nC,50 years\nC,\nC,\nC,\nD,60 years\nD,\nD,\nD,\nD,\n"
    found = screened(f"patient_ref,age\n{rows}".encode(), ReadOptions(long=True))
    assert sorted(verdicts(found)) == ["A", "C"]
    assert faults(found) == [(2, ""), (12, "")]


def test_the_last_patient_of_a_truncated_file_is_dropped() -> None:
    """The patient may have had more rows."""
    body = gzip.compress(b"patient_ref,age\n" + b"".join(b"P%d,\n" % (number // 3) for number in range(300_000)))
    rows_of_each: Counter[str] = Counter()

    def count() -> None:
        for payload in read_chunks(io.BytesIO(body[:-1000]), ReadOptions(long=True)):
            rows_of_each.update(Chunk.from_bytes(payload).table.column(0).to_pylist())

    with pytest.raises(InputError, match="ends too early"):
        count()
    assert len(rows_of_each) > 50_000
    assert set(rows_of_each.values()) == {3}
