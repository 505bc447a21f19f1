"""Streams the results and errors of a batch as files, chunk by chunk."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from matching.verdict import TRUTH_OF
from registry.read.chunk import Chunk, RowFault
from registry.screen.export import stream_errors, stream_results
from registry.screen.results import ChunkResult
from storage.batches.progress import BatchView, parked_errors
from storage.batches.stored_results import finished_chunks, read_payload, results_of
from storage.database import Database
from storage.errors import BatchGone

RESULT_TYPES = {"parquet": "application/vnd.apache.parquet", "ndjson": "application/x-ndjson", "csv": "text/csv"}
"""The content type of each format of results."""

PARKED = "could not be screened; the error was"


def export_results(
    database: Database, view: BatchView, kind: str, trial: str | None, verdict: str | None
) -> Iterator[bytes]:
    """Stream the results file in this format; only one trial, or only rows with one verdict, if given.

    Raises: StorageUnavailable; BatchGone.
    """
    chosen = (_choose(result, trial, verdict) for result in chunk_results(database, view))
    return stream_results(chosen, kind)


def chunk_results(database: Database, view: BatchView) -> Iterator[ChunkResult]:
    """Yield the results of the finished chunks in the order of the file."""
    with database.session() as session:
        numbers = finished_chunks(session, view)
    return map(ChunkResult.from_bytes, results_of(database, view.batch_id, numbers))


def _choose(result: ChunkResult, trial: str | None, verdict: str | None) -> ChunkResult:
    if trial is not None:
        result = result.select_trials([trial])
    if verdict is None:
        return result
    wanted_truth = TRUTH_OF[verdict]
    wanted = np.zeros(result.matched, bool)
    for column in result.trials:
        wanted |= column.verdicts == wanted_truth
    trials = tuple(replace(column, verdicts=column.verdicts[wanted]) for column in result.trials)
    return ChunkResult(
        result.numbers[wanted], result.references.filter(pa.array(wanted)), trials, result.faults, result.assumed
    )


def export_errors(database: Database, view: BatchView) -> Iterator[bytes]:
    """Stream the errors file: faults of the file, faults of rows, and the rows of parked chunks.

    Raises: StorageUnavailable; BatchGone.
    """
    file_faults = (RowFault(0, fault["path"], _message(fault)) for fault in view.faults)
    row_faults = (fault for result in chunk_results(database, view) for fault in result.faults)
    return stream_errors(chain(file_faults, row_faults, _parked_faults(database, view)))


def _message(fault: dict[str, Any]) -> str:
    return f"{fault['message']} ({fault['hint']})" if "hint" in fault else str(fault["message"])


def _parked_faults(database: Database, view: BatchView) -> Iterator[RowFault]:
    with database.session() as session:
        parked = parked_errors(session, view.batch_id)
    for number, error in parked:
        with database.session() as session:
            payload = read_payload(session, view.batch_id, number)
        if payload is None:
            raise BatchGone("the batch was deleted")
        chunk = Chunk.from_bytes(payload)
        yield from chunk.faults
        yield from (RowFault(int(row), "$", f"{PARKED} {error}") for row in np.unique(chunk.numbers))
