"""The file of a batch as a stream: its parts come from the database as they are read, one in memory at a time."""

import io

from storage.batches.split import read_part
from storage.database import Database


class BatchFile(io.RawIOBase):
    """Read forwards, as the reader of registries does.

    Raises: StorageUnavailable.
    """

    def __init__(self, database: Database, batch_id: str) -> None:
        self._database, self._batch_id = database, batch_id
        self._next, self._left = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]  # typeshed: any buffer
        """As much as is at hand; nothing at the end."""
        if not self._left:
            with self._database.session() as session:
                self._left = memoryview(read_part(session, self._batch_id, self._next))
            self._next += 1
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)


def open_batch_file(database: Database, batch_id: str) -> io.BufferedReader:
    """The file from its beginning."""
    return io.BufferedReader(BatchFile(database, batch_id), 1 << 16)
