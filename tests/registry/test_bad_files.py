"""Faulty files: a clear error with its position, after the whole chunks before it, and never a value."""

import gzip
import io
import resource
from collections.abc import Iterator
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry.limits import MAX_LINE_BYTES
from registry.options import ReadOptions
from registry.read.read_chunks import read_chunks
from registry.screen.totals import add_up
from schemas.inputs.faults import InputError
from support.synthetic_patients import synthetic_summaries
from tests.registry.screened_files import faults, ndjson, screened

HEADER = b"patient_ref,age,diagnosis.histology\n"
ROWS = b"".join(b"P%d,50 years,papillary\n" % number for number in range(60_000))


class Endless(io.RawIOBase):
    """A stream that repeats some bytes up to a size."""

    def __init__(self, start: bytes, more: bytes, size: int) -> None:
        super().__init__()
        self._start, self._more, self._left = start, more, size

    def read(self, size: int = -1) -> bytes:
        size = min(size if size > 0 else 1 << 20, max(self._left, 0))
        data = self._start[:size]
        self._start = self._start[len(data) :]
        data += (self._more * (size // len(self._more) + 1))[: size - len(data)]
        self._left -= len(data)
        return data


def read(stream: Any, options: ReadOptions | None = None, rows: int = 20_000) -> tuple[int, str]:
    """Return the number of chunks before the fault, and its message."""
    chunks: Iterator[bytes] = read_chunks(stream, options or ReadOptions(), rows)
    found = 0
    try:
        for _ in chunks:
            found += 1
    except InputError as error:
        return found, str(error)
    raise AssertionError("the file was read to its end")


PACKED = gzip.compress(HEADER + ROWS)
MIXED = HEADER + ROWS + "P-x,50 years,Schilddrüse\n".encode("latin-1") + b"P-y,1 years,papillary\n"


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        (b"", {}, "the file is empty"),
        (b"  \n", {}, "the file is empty"),
        (HEADER, {}, "the file has no rows"),
        (b"\x00\x01\x02 no text", {}, "neither text nor Parquet"),
        ("patient_ref".encode("utf-16"), {}, "UTF-16"),
        (b"[{}]", {}, "a JSON list"),
        (HEADER + ROWS[:60], {"format": "ndjson"}, "not a ndjson file"),
        (b'{"patient_ref": "A"}', {"format": "parquet"}, "not a parquet file"),
        (HEADER + ROWS[:60], {"compression": "gzip"}, "not a gzip file"),
        (PACKED[:20_000], {}, "the gzip file ends too early after byte 20,000"),
        (PACKED[:20_000] + b"\xff" * 400 + PACKED[20_400:], {}, "the gzip file "),
        (pa.compress(HEADER + ROWS, "zstd", asbytes=True)[:-9], {}, "the zstd file ends too early"),
        (MIXED, {}, "60002: not UTF-8 text at byte"),
        (HEADER + ROWS + b"\x00", {}, "a zero byte"),
        (
            HEADER + ROWS[:60] + b'P-z,"1 years,papillary\nP-q,1 years,papillary\n',
            {},
            "a quote is opened and never closed",
        ),
        (b"patient_ref," + b"," * 1_000_000 + b"\n", {}, "more than 5,000 columns"),
        (b"patient_ref,age,age\nA,,\n", {}, "column 3: an earlier column contains the same fact"),
        (b"patient_ref,agee\nA,\n", {}, "did you mean age"),
        (b"name,age\nA,\n", {"ignore_unmapped": True}, "no column contains patient references"),
        (b"PAR1 and then something else", {}, "the Parquet file is incomplete or damaged"),
    ],
)
def test_a_faulty_file_is_refused_with_the_position(body: bytes, options: dict[str, Any], message: str) -> None:
    assert message in read(io.BytesIO(body), ReadOptions(**options))[1]


def test_rows_before_the_fault_are_read() -> None:
    assert read(io.BytesIO(MIXED))[0] == 3
    chunks = list(read_until_fault(io.BytesIO(PACKED[:-200])))
    assert len(chunks) >= 2


def read_until_fault(stream: Any) -> Iterator[bytes]:
    try:
        yield from read_chunks(stream, ReadOptions())
    except InputError:
        return


@pytest.mark.parametrize("start", [b'{"patient_ref": "', b"patient_ref,age\nA,", b'patient_ref,age\nA,"'])
def test_a_line_of_ten_gigabytes_is_refused_early(start: bytes) -> None:
    stream = Endless(start, b"x", 10 << 30)
    _, message = read(stream)
    assert f"longer than {MAX_LINE_BYTES:,} bytes" in message
    assert stream._left > 9 << 30
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3 << 20


@pytest.mark.parametrize("blank", [b"\n", b" "])
def test_a_decompression_bomb_is_refused(blank: bytes) -> None:
    packed = gzip.compress(HEADER + blank * (400 << 20), 9)
    assert "its size" in read(io.BytesIO(packed))[1] or "longer than" in read(io.BytesIO(packed))[1]


def test_columns_of_an_unreadable_type_are_reported() -> None:
    file = io.BytesIO()
    table = pa.table({"patient_ref": ["A"], "age": pa.array([0], pa.timestamp("s"))})
    parquet.write_table(table, file)
    assert "column 2: cells of a type" in read(io.BytesIO(file.getvalue()))[1]


BAD_ROWS = (
    "{", "[]", '{"patient_ref": "x y"}', '{"age": "3 years"}', '{"patient_ref": "S#", "age": "secret"}',
    '{"patient_ref": "C#", "radioiodine": {"received": false, "courses": [{"activity": "1 GBq"}]}}',
    '{"patient_ref": "D#", "therapies": [{"drug": "lenvatinib", "ongoing": true, "stopped": {"ago": "3 days"}}]}',
    '{"patient_ref": "123-45-6789"}',
    '{"patient_ref": "E#", "labs": [{"analyte": "haemoglobin", "value": "3 ly"}]}',
)  # fmt: skip


def test_the_errors_of_a_dirty_file_list_exactly_the_bad_rows() -> None:
    random, rows = Random(3), ndjson(synthetic_summaries(10_000)).decode().splitlines()
    bad = set(random.sample(range(2, 10_001), 700))
    for number in bad:
        rows[number - 1] = random.choice((*BAD_ROWS, rows[0])).replace("#", str(number))
    found = screened("\n".join(rows).encode(), rows=3_000, count=1)
    assert {row for row, _ in faults(found)} == bad
    totals = add_up(found)
    assert (totals.rows, totals.matched, totals.bad) == (10_000, 9_300, 700)
    assert not any("secret" in fault.message for result in found for fault in result.faults)


def test_a_row_with_an_identifier_in_its_note_is_refused() -> None:
    body = b"patient_ref,note\nA,Papillary carcinoma. BRAF V600E.\nB,Mr John Smith was seen.\nC,\n"
    found = screened(body, ReadOptions(notes="note", deidentified=True))
    assert faults(found) == [(2, "note")]
    assert not any("Smith" in fault.message for result in found for fault in result.faults)
