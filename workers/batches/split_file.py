"""Splits the file of a batch into chunks, reading it from the database part by part."""

import io
import logging
from contextlib import suppress
from dataclasses import dataclass

from registry.options import read_options
from registry.read.read_chunks import read_chunks
from schemas.inputs.faults import Fault, InputError
from settings.configuration import Settings
from storage.batches.chunks import take_next_chunks
from storage.batches.split import (
    SplitWork,
    delete_file,
    fail_split,
    finish_split,
    lease_split,
    read_part,
    release_split_lease,
    renew_split_lease,
    write_chunk,
)
from storage.database import Database
from storage.errors import StorageUnavailable
from workers.batches.lease import split_lease_seconds
from workers.batches.send import SendChunk, send_next_chunks

log = logging.getLogger("trialmatch.worker")

BUFFER_BYTES = 1 << 16


@dataclass(frozen=True)
class FileSplitter:
    """The database, settings and queue with which a process splits files."""

    database: Database
    settings: Settings
    send: SendChunk

    def split(self, batch_id: str) -> None:
        """Split a batch's file, from where an earlier attempt ended. Only the worker with the lease splits.

        Raises: StorageUnavailable; the sweeper then re-queues the split.
        """
        with self.database.session() as session:
            work = lease_split(session, batch_id, self._lease_seconds, self.settings.max_attempts)
        if work is None:
            return
        try:
            if self._write_chunks(work):
                send_next_chunks(self.database, batch_id, self.settings.batch_window, self.send)
                delete_file(self.database, batch_id)
        except StorageUnavailable:
            with suppress(StorageUnavailable), self.database.session() as session:
                release_split_lease(session, batch_id)
            raise
        except Exception as error:
            log.warning("splitting %s failed: %s", batch_id, type(error).__name__)
            with self.database.session() as session:
                fail_split(session, batch_id, type(error).__name__, self.settings.max_attempts)

    @property
    def _lease_seconds(self) -> float:
        return split_lease_seconds(self.settings)

    def _write_chunks(self, work: SplitWork) -> bool:
        """Return whether the file was read to its end or its first fault; False if the batch was paused or ended."""
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
            return finish_split(session, work.batch_id, [_fault_json(fault) for fault in faults])

    def _write(self, work: SplitWork, number: int, payload: bytes) -> bool:
        with self.database.session() as session:
            if number < work.chunks:
                return renew_split_lease(session, work.batch_id, self._lease_seconds)
            if not write_chunk(session, work.batch_id, number, payload, self._lease_seconds):
                return False
            numbers = take_next_chunks(session, work.batch_id, self.settings.batch_window)
        for ready in numbers:
            self.send(work.batch_id, ready)
        return True


def _fault_json(fault: Fault) -> dict[str, str]:
    return {"path": fault.path or "$", "message": fault.message} | ({"hint": fault.hint} if fault.hint else {})


class BatchFile(io.RawIOBase):
    """The file of a batch as a stream, with one part in memory at a time.

    Raises: StorageUnavailable.
    """

    def __init__(self, database: Database, batch_id: str) -> None:
        self._database, self._batch_id = database, batch_id
        self._next_part, self._unread = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # typeshed: any buffer
        """Fill the buffer as far as the current part goes; return 0 at the end of the file."""
        if not self._unread:
            with self._database.session() as session:
                self._unread = memoryview(read_part(session, self._batch_id, self._next_part))
            self._next_part += 1
        taken = self._unread[: len(buffer)]
        buffer[: len(taken)] = taken
        self._unread = self._unread[len(taken) :]
        return len(taken)


def open_batch_file(database: Database, batch_id: str) -> io.BufferedReader:
    """Return the file of a batch, opened at its start."""
    return io.BufferedReader(BatchFile(database, batch_id), BUFFER_BYTES)
