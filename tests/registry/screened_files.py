"""Screen files given as bytes, for the tests in this folder."""

import io
import json
from collections.abc import Iterable
from typing import Any

from registry.options import ReadOptions
from registry.read.read_chunks import read_chunks
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import screen_chunk
from schemas.trials.library import load_library


def trials(count: int = 3) -> list[Any]:
    return list(load_library().trials.values())[:count]


def screened(body: bytes, options: ReadOptions | None = None, rows: int = 200, count: int = 3) -> list[ChunkResult]:
    options = options or ReadOptions()
    return [screen_chunk(payload, trials(count), options) for payload in read_chunks(io.BytesIO(body), options, rows)]


def faults(results: Iterable[ChunkResult]) -> list[tuple[int, str]]:
    return [(fault.row, fault.path) for result in results for fault in result.faults]


def verdicts(results: Iterable[ChunkResult]) -> dict[str, list[int]]:
    """Return the verdicts of each patient by reference."""
    found: dict[str, list[int]] = {}
    for result in results:
        columns = [trial.verdicts.tolist() for trial in result.trials]
        for reference, *row in zip(result.references.to_pylist(), *columns, strict=True):
            found[reference] = row
    return found


def ndjson(summaries: Iterable[Any]) -> bytes:
    return "".join(json.dumps(summary) + "\n" for summary in summaries).encode()
