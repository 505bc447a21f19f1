"""Read NDJSON: one summary per line, kept as text until the chunk is screened."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from registry.decode.table_header import REFERENCE
from registry.limits import MAX_LINE_BYTES
from registry.read.chunk import LINE_COLUMN
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from registry.read.text_blocks import read_text_blocks
from schemas.summary.facts import MAX_REFERENCE_CHARS, PATIENT_REFERENCE

USUAL_START = re.compile(
    rf'\s*\{{\s*(?:"schema"\s*:\s*1\s*,\s*)?"{REFERENCE}"\s*:\s*'
    rf'"(?=[^"]{{1,{MAX_REFERENCE_CHARS}}}")({PATIENT_REFERENCE})"'.encode()
)
"""The start of nearly every line; only other lines are parsed to find the reference."""


def read_lines(source: ByteSource) -> Iterator[RowBatch]:
    """Yield the lines of the file in batches; blank lines are counted and skipped.

    Raises: InputError, from `read_text_blocks`.
    """
    for block in read_text_blocks(source, quoted=False):
        lines = block.data.splitlines() if b"\r" not in block.data else block.data.split(b"\n")
        filled = [(number, line) for number, line in enumerate(lines, block.line) if line and not line.isspace()]
        table = pa.table({LINE_COLUMN: pa.array([line for _, line in filled], pa.binary())})
        yield RowBatch(table, np.array([number for number, _ in filled], np.int64))


def read_references(table: pa.Table) -> list[str | None]:
    """Return the patient reference of each line, None where it has none."""
    return [_read_reference(line) for line in table.column(LINE_COLUMN).to_pylist()]


def _read_reference(line: bytes) -> str | None:
    found = USUAL_START.match(line)
    if found:
        return found.group(1).decode()
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    reference = data.get(REFERENCE) if isinstance(data, dict) else None
    return reference if isinstance(reference, str) else None
