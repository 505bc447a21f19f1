"""The lease of a worker on a chunk or a split: how long it lasts, and the heartbeat that renews it.

A lease is a time in the database after which other workers may take the work over.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from settings.configuration import Settings
from storage.errors import StorageError

MAX_LOAD_FACTOR = 4.0
"""Upper bound of the load factor, so that a lost worker is still detected."""

RENEWALS_PER_LEASE = 4
"""A heartbeat may fail or come late several times before the lease expires."""


def load() -> float:
    """Return how many processes compete for each processor of this machine."""
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def chunk_lease_seconds(settings: Settings) -> float:
    """Return the lease of a chunk. It grows with load, because a niced worker renews late on a busy machine."""
    return settings.lease_seconds * min(max(load(), 1.0), MAX_LOAD_FACTOR)


def split_lease_seconds(settings: Settings) -> float:
    """Return the lease of a split, which is renewed with each chunk that is written."""
    return float(settings.task_seconds)


@contextmanager
def heartbeat(settings: Settings, renew: Callable[[], None]) -> Iterator[None]:
    """Renew the lease of a chunk meanwhile: leases are short, so that a lost worker is detected before a chunk ends."""
    stopped = Event()

    def keep_renewing() -> None:
        while not stopped.wait(settings.lease_seconds / RENEWALS_PER_LEASE):
            with suppress(StorageError):
                renew()

    thread = Thread(target=keep_renewing, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
