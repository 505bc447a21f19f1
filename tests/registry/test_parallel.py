"""How many processes a file is worth."""

import gzip
import io

import pytest

from registry.options import ReadOptions
from registry.parallel import ALONE_BYTES, cores, processes_for
from registry.source import Source

TABLE = b"patient_ref,age\nA,54 years\n"


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        (TABLE, len(TABLE), 1),
        (TABLE, ALONE_BYTES, 1),
        (TABLE, 0, cores()),
        (TABLE, ALONE_BYTES + 1, cores()),
        (gzip.compress(TABLE), 100, cores()),  # may hold any number of rows, and so may the next
        (b"PAR1" + bytes(96), 100, cores()),
    ],
)
def test_a_small_file_is_read_by_one_process(start: bytes, size: int, expected: int) -> None:
    assert processes_for(Source(io.BytesIO(start), ReadOptions()), size) == expected
