"""A batch from file to results: split into chunks, each screened by itself, by whichever worker has time."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Thread

from registry.options import read_options
from registry.read.read_chunks import read_chunks
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import rescreen_chunk, screen_chunk
from schemas.inputs.faults import Fault, InputError
from settings.configuration import Settings
from storage.batches import chunks as batch_chunks
from storage.batches import split as batch_split
from storage.batches.chunks import ChunkCounts, ChunkWork
from storage.batches.split import SplitWork
from storage.database import Database
from storage.errors import StorageError, StorageUnavailable
from workers.batches.send import drop_file
from workers.batches.stored_file import open_batch_file
from workers.compiled_trials import CompiledTrials

log = logging.getLogger("trialmatch.worker")

Send = Callable[[str, int], None]
"""Sends a chunk's id to the queue; what cannot be sent is left to the sweeper."""


MOST_LOAD = 4.0
"""Beyond it a claim gets no longer: a lost worker must be missed at some time."""


def load() -> float:
    """How many processes want each processor of this machine."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


@dataclass(frozen=True)
class BatchWork:
    """What one process needs to work on batches."""

    database: Database
    settings: Settings
    send: Send
    compiled: CompiledTrials = field(default_factory=CompiledTrials)

    def split(self, batch_id: str) -> None:
        """Cut a batch's file into chunks, from where an earlier attempt ended. One at a time holds the claim.

        Raises: StorageUnavailable; the sweeper sends the batch again then.
        """
        with self.database.session() as session:
            work = batch_split.claim_split(session, batch_id, self._claim_seconds, self.settings.max_attempts)
        if work is None:
            return
        try:
            if self._write_chunks(work):
                self.go_on(batch_id)
                drop_file(self.database, batch_id)
        except StorageUnavailable:
            with suppress(StorageUnavailable), self.database.session() as session:
                batch_split.release_split(session, batch_id)
            raise
        except Exception as error:
            log.warning("splitting %s failed: %s", batch_id, type(error).__name__)
            with self.database.session() as session:
                batch_split.fail_split(session, batch_id, type(error).__name__, self.settings.max_attempts)

    @property
    def _claim_seconds(self) -> float:
        return float(self.settings.task_seconds)

    @property
    def _chunk_seconds(self) -> float:
        """Longer on a busy machine, where whoever makes way to others is slow to say that it lives."""
        return self.settings.sweep_seconds * min(max(load(), 1.0), MOST_LOAD)

    def _write_chunks(self, work: SplitWork) -> bool:
        """Whether the file was read to its end, or to a fault of its own; else the batch was paused or ended."""
        faults: tuple[Fault, ...] = ()
        options, rows = read_options(work.options), work.options["rows_per_chunk"]
        try:
            with open_batch_file(self.database, work.batch_id) as file:
                for number, payload in enumerate(read_chunks(file, options, rows)):
                    if not self._write(work, number, payload):
                        return False
        except InputError as error:
            faults = error.faults
        with self.database.session() as session:
            return batch_split.end_split(session, work.batch_id, [_card(fault) for fault in faults])

    def _write(self, work: SplitWork, number: int, payload: bytes) -> bool:
        with self.database.session() as session:
            if number < work.chunks:
                return batch_split.keep_claim(session, work.batch_id, self._claim_seconds)
            if not batch_split.write_chunk(session, work.batch_id, number, payload, self._claim_seconds):
                return False
            numbers = batch_chunks.take_next(session, work.batch_id, self.settings.batch_window)
        self._send(work.batch_id, numbers)
        return True

    def screen(self, batch_id: str, number: int, again: bool = False) -> bool:
        """Screen a chunk and store the result, then send the next; whether a result was stored.

        `again`: whoever had it is lost.
        Raises: StorageUnavailable; the sweeper sends the chunk again then.
        """
        with self.database.session() as session:
            work = batch_chunks.claim_chunk(
                session, batch_id, number, self._chunk_seconds, self.settings.max_attempts, again
            )
        done = work is not None and self._screen(work)
        self.go_on(batch_id)
        return done

    def _screen(self, work: ChunkWork) -> bool:
        try:
            with self._kept(work):
                result = self._result(work)
            counted = ChunkCounts(result.rows, result.matched, result.bad)
            with self.database.session() as session:
                return batch_chunks.record_chunk(session, work, counted, result.to_bytes())
        except StorageUnavailable:
            with suppress(StorageUnavailable), self.database.session() as session:
                batch_chunks.release_chunk(session, work)
            raise
        except Exception as error:
            log.warning("chunk %d of %s failed: %s", work.number, work.batch_id, type(error).__name__)
            with self.database.session() as session:
                batch_chunks.fail_chunk(session, work, type(error).__name__, self.settings.max_attempts)
            return False

    def _result(self, work: ChunkWork) -> ChunkResult:
        """Only the trials that changed are matched anew, where there is a result of an earlier round."""
        with self.database.session() as session:
            trials = tuple(self.compiled.of(session, work.trial_version_pks).values())
        options = read_options(work.options)
        if work.old_result is None:
            return screen_chunk(work.payload, trials, options)
        found = rescreen_chunk(work.payload, ChunkResult.from_bytes(work.old_result), trials, options)
        by_id = {one.id: one for one in found.trials}
        return replace(found, trials=tuple(by_id[trial.id] for trial in trials))

    @contextmanager
    def _kept(self, work: ChunkWork) -> Iterator[None]:
        """Keep the claim meanwhile: it is short, so that a lost worker is missed soon, whatever a chunk takes."""
        over = Event()

        def keep() -> None:
            while not over.wait(self.settings.sweep_seconds / 4):
                with suppress(StorageError), self.database.session() as session:
                    batch_chunks.keep_chunk(session, work, self._chunk_seconds)

        keeper = Thread(target=keep, daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def go_on(self, batch_id: str) -> None:
        """Send the next chunks of a batch, or end it if none is left.

        Raises: StorageUnavailable.
        """
        with self.database.session() as session:
            numbers = batch_chunks.take_next(session, batch_id, self.settings.batch_window)
        if not numbers:
            with self.database.session() as session:
                batch_chunks.finish_batch(session, batch_id)
        self._send(batch_id, numbers)

    def _send(self, batch_id: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.send(batch_id, number)


def _card(fault: Fault) -> dict[str, str]:
    return {"path": fault.path or "$", "message": fault.message} | ({"hint": fault.hint} if fault.hint else {})
