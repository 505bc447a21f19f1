"""How many processes a file is worth."""

import gzip
import io

import pytest

from registry.options import ReadOptions
from registry.read.source import ByteSource
from registry.screen.parallel import ALONE_BYTES, cores, processes_for

TABLE = b"patient_ref,age\nA,54 years\n"


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        pytest.param(TABLE, len(TABLE), 1, id="small"),
        pytest.param(TABLE, ALONE_BYTES, 1, id="just small enough"),
        pytest.param(TABLE, 0, cores(), id="of unknown size"),
        pytest.param(TABLE, ALONE_BYTES + 1, cores(), id="just too large"),
        # These may hold any number of rows, however few their bytes.
        pytest.param(gzip.compress(TABLE, mtime=0), 100, cores(), id="gzip"),
        pytest.param(b"PAR1" + bytes(96), 100, cores(), id="parquet"),
    ],
)
def test_only_a_small_file_is_read_by_one_process(start: bytes, size: int, expected: int) -> None:
    assert processes_for(ByteSource(io.BytesIO(start), ReadOptions()), size) == expected
