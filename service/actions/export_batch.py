"""What came of a batch as files, streamed chunk by chunk."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from matching.verdict import TRUTH_OF
from registry.read.chunk import Chunk
from registry.screen.export import stream_errors, stream_results
from registry.screen.results import ChunkResult
from registry.screen.row_faults import RowFault
from storage.batches.lifecycle import BatchView, parked_errors
from storage.batches.stored_results import finished_chunks, read_payload, results_of
from storage.database import Database
from storage.errors import BatchGone

GIVEN_UP = "could not be screened; the error was"


def start_stream(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same, its first part computed: a fault until there can still be answered as a problem."""
    return chain([next(parts, b"")], parts)


def export_results(
    database: Database, view: BatchView, kind: str, trial: str | None, verdict: str | None
) -> Iterator[bytes]:
    """The results file; of one trial, or of the rows with one verdict, if that was asked for.

    Raises: StorageUnavailable; BatchGone.
    """
    found = (_chosen(result, trial, verdict) for result in chunk_results(database, view))
    return stream_results(found, kind)


def chunk_results(database: Database, view: BatchView) -> Iterator[ChunkResult]:
    """The results of the finished chunks in the order of the file."""
    with database.session() as session:
        numbers = finished_chunks(session, view)
    return map(ChunkResult.from_bytes, results_of(database, view.batch_id, numbers))


def _chosen(result: ChunkResult, trial: str | None, verdict: str | None) -> ChunkResult:
    if trial is not None:
        result = result.only([trial])
    if verdict is None:
        return result
    truth = TRUTH_OF[verdict]
    wanted = np.zeros(result.matched, bool)
    for one in result.trials:
        wanted |= one.verdicts == truth
    kept = tuple(replace(one, verdicts=one.verdicts[wanted]) for one in result.trials)
    return ChunkResult(
        result.numbers[wanted], result.references.filter(pa.array(wanted)), kept, result.faults, result.assumed
    )


def export_errors(database: Database, view: BatchView) -> Iterator[bytes]:
    """The errors file: faults of the file, of its rows, and the rows of chunks that were given up.

    Raises: StorageUnavailable; BatchGone.
    """
    of_file = (RowFault(0, fault["path"], _message(fault)) for fault in view.faults)
    of_rows = (fault for result in chunk_results(database, view) for fault in result.faults)
    return stream_errors(chain(of_file, of_rows, _of_parked(database, view)))


def _message(fault: dict[str, Any]) -> str:
    return f"{fault['message']} ({fault['hint']})" if "hint" in fault else str(fault["message"])


def _of_parked(database: Database, view: BatchView) -> Iterator[RowFault]:
    with database.session() as session:
        parked = parked_errors(session, view.batch_id)
    for number, error in parked:
        with database.session() as session:
            payload = read_payload(session, view.batch_id, number)
        if payload is None:
            raise BatchGone("the batch was deleted")
        chunk = Chunk.from_bytes(payload)
        yield from chunk.faults
        yield from (RowFault(int(row), "$", f"{GIVEN_UP} {error}") for row in np.unique(chunk.numbers))
