"""Chunks are of a size that a process can bear, whatever is sent; and what comes out does not depend on it."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry import pieces
from registry.chunk import Chunk
from registry.options import ReadOptions
from registry.reading import read_chunks
from tests.registry.reads import faults, screened, verdicts

ROWS = 300
HEADER = ("patient_ref", "age", "disease.thyroglobulin", "genomics.variants[0].gene", "performance.ecog")


def cells() -> Iterator[tuple[str, ...]]:
    """Hardly two cells alike; some rows are bad, and some of those have a cell too many."""
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
        (row[0], *(cell if place == one else "" for place, cell in enumerate(row[1:])))
        for row in cells()
        for one in range(4)
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
    return "".join(json.dumps(one) + "\n" for one in summaries).encode()


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


def heavy(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(pieces, "HEAVY", cells)
    monkeypatch.setattr(pieces, "CELL_BYTES", 20)


def chunks(body: bytes, options: ReadOptions, rows: int) -> list[Chunk]:
    return [Chunk.from_bytes(one) for one in read_chunks(io.BytesIO(body), options, rows)]


@pytest.mark.parametrize("rows", [ROWS, 40])
def test_the_same_comes_out_of_however_many_chunks(
    file: tuple[bytes, ReadOptions], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = screened(*file, rows=4 * ROWS)
    assert len(whole) == 1
    assert len(verdicts(whole)) > 150
    assert len(faults(whole)) >= ROWS // 3
    heavy(monkeypatch, 100)
    parts = screened(*file, rows=rows)
    assert len(parts) >= 6
    assert verdicts(parts) == verdicts(whole)
    assert sorted(faults(parts)) == sorted(faults(whole))


def test_no_chunk_is_heavy_nor_holds_the_cells_of_another(
    file: tuple[bytes, ReadOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    heavy(monkeypatch, 100)
    found = chunks(*file, 4 * ROWS)
    weights = [pieces.Piece(chunk.table, chunk.numbers).weight for chunk in found]
    assert max(weights) < 200
    assert sum(weights) < 40 * ROWS


def test_a_patient_is_in_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    heavy(monkeypatch, 30)
    found = chunks(*FILES["long"], 4 * ROWS)
    numbers = [set(chunk.numbers.tolist()) for chunk in found]
    assert len(found) > 20
    assert sum(map(len, numbers)) == len(set().union(*numbers)) == ROWS


def test_cells_that_repeat_weigh_little() -> None:
    rows = b"".join(b"P%d,papillary,2\n" % number for number in range(5_000))
    body = b"patient_ref,diagnosis.histology,performance.ecog\n" + rows
    (chunk,) = chunks(body, ReadOptions(), 40_000)
    assert pieces.Piece(chunk.table, chunk.numbers).weight < 5_000
