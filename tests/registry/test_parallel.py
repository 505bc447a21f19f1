"""How many processes screen a file."""

import gzip
import io

import pytest

from registry.limits import SINGLE_PROCESS_BYTES
from registry.options import ReadOptions
from registry.read.source import ByteSource
from registry.screen.parallel import available_cores, processes_for

TABLE = b"patient_ref,age\nA,54 years\n"


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        pytest.param(TABLE, len(TABLE), 1, id="small"),
        pytest.param(TABLE, SINGLE_PROCESS_BYTES, 1, id="just small enough"),
        pytest.param(TABLE, 0, available_cores(), id="of unknown size"),
        pytest.param(TABLE, SINGLE_PROCESS_BYTES + 1, available_cores(), id="just too large"),
        # Compressed files may have any number of rows.
        pytest.param(gzip.compress(TABLE, mtime=0), 100, available_cores(), id="gzip"),
        pytest.param(b"PAR1" + bytes(96), 100, available_cores(), id="parquet"),
    ],
)
def test_only_a_small_file_is_screened_by_one_process(start: bytes, size: int, expected: int) -> None:
    assert processes_for(ByteSource(io.BytesIO(start), ReadOptions()), size) == expected
