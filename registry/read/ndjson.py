"""NDJSON: one summary a line, kept as text until it is matched."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from registry.limits import MAX_LINE_BYTES
from registry.read.chunk import LINE
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from registry.read.text_blocks import blocks

REFERENCE = re.compile(rb'\s*\{\s*(?:"schema"\s*:\s*1\s*,\s*)?"patient_ref"\s*:\s*"([A-Za-z0-9][A-Za-z0-9._-]{0,63})"')
"""A line as nearly all are written; the others are parsed to find the reference."""


def read_lines(source: ByteSource) -> Iterator[RowBatch]:
    """The lines of the file in pieces; blank ones are counted and left out.

    Raises: InputError, from `blocks`.
    """
    for block in blocks(source, quoted=False):
        lines = block.data.splitlines() if b"\r" not in block.data else block.data.split(b"\n")
        filled = [(number, line) for number, line in enumerate(lines, block.line) if line and not line.isspace()]
        table = pa.table({LINE: pa.array([line for _, line in filled], pa.binary())})
        yield RowBatch(table, np.array([number for number, _ in filled], np.int64))


def references(table: pa.Table) -> list[str | None]:
    """The patient reference of each line, None where it has none."""
    return [_reference(line) for line in table.column(LINE).to_pylist()]


def _reference(line: bytes) -> str | None:
    found = REFERENCE.match(line)
    if found:
        return found.group(1).decode()
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        data: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    reference = data.get("patient_ref") if isinstance(data, dict) else None
    return reference if isinstance(reference, str) else None
