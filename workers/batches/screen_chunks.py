"""Screens the chunks of a batch: each independently, by any worker that is free."""

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace

from registry.options import read_options
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import rescreen_chunk, screen_chunk
from settings.configuration import Settings
from storage.batches.chunks import (
    ChunkCounts,
    ChunkWork,
    fail_chunk,
    lease_chunk,
    record_chunk_result,
    release_chunk_lease,
    renew_chunk_lease,
)
from storage.database import Database
from storage.errors import StorageUnavailable
from workers.batches.lease import chunk_lease_seconds, heartbeat
from workers.batches.send import SendChunk, send_next_chunks
from workers.compiled_trials import CompiledTrials

log = logging.getLogger("trialmatch.worker")


@dataclass(frozen=True)
class ChunkScreener:
    """The database, settings, queue and trials with which a process screens chunks."""

    database: Database
    settings: Settings
    send: SendChunk
    compiled: CompiledTrials = field(default_factory=CompiledTrials)

    def screen(self, batch_id: str, number: int, redelivered: bool = False) -> bool:
        """Screen a chunk, store the result and send the next chunks; return whether a result was stored.

        `redelivered`: the worker that had the chunk is lost.
        Raises: StorageUnavailable; the sweeper then re-queues the chunk.
        """
        with self.database.session() as session:
            work = lease_chunk(
                session, batch_id, number, chunk_lease_seconds(self.settings), self.settings.max_attempts, redelivered
            )
        stored = work is not None and self._screen(work)
        send_next_chunks(self.database, batch_id, self.settings.batch_window, self.send)
        return stored

    def _screen(self, work: ChunkWork) -> bool:
        try:
            with heartbeat(self.settings, lambda: self._renew(work)):
                result = self._result(work)
            counts = ChunkCounts(result.rows, result.matched, result.bad)
            with self.database.session() as session:
                return record_chunk_result(session, work, counts, result.to_bytes())
        except StorageUnavailable:
            with suppress(StorageUnavailable), self.database.session() as session:
                release_chunk_lease(session, work)
            raise
        except Exception as error:
            log.warning("chunk %d of %s failed: %s", work.number, work.batch_id, type(error).__name__)
            with self.database.session() as session:
                fail_chunk(session, work, type(error).__name__, self.settings.max_attempts)
            return False

    def _renew(self, work: ChunkWork) -> None:
        with self.database.session() as session:
            renew_chunk_lease(session, work, chunk_lease_seconds(self.settings))

    def _result(self, work: ChunkWork) -> ChunkResult:
        """Match only the trials that changed, if there is a result of an earlier round."""
        with self.database.session() as session:
            trials = tuple(self.compiled.get(session, work.trial_version_pks).values())
        options = read_options(work.options)
        if work.old_result is None:
            return screen_chunk(work.payload, trials, options)
        result = rescreen_chunk(work.payload, ChunkResult.from_bytes(work.old_result), trials, options)
        by_id = {trial.id: trial for trial in result.trials}
        return replace(result, trials=tuple(by_id[trial.id] for trial in trials))
