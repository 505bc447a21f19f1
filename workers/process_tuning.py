"""Tuning of a worker process: the garbage collector runs less often, and the batch worker has lower priority."""

import gc
import os
from contextlib import suppress
from pathlib import Path

COLLECT_AFTER_ALLOCATIONS = 50_000
"""About ten tasks. A match allocates thousands of containers, nearly all freed by reference counting; with Python's
default of 700 the collector took half the time of a match (measured, `python -m benchmarks queue`)."""

AUTOGROUP = Path("/proc/self/autogroup")


def collect_rarely() -> None:
    """Raise the thresholds of the garbage collector; the old generation is collected a hundred times more rarely."""
    gc.set_threshold(COLLECT_AFTER_ALLOCATIONS, 10, 10)


def freeze_long_lived_objects() -> None:
    """Exclude all current objects from garbage collection: compiled trials, vocabularies and code stay for good."""
    gc.collect()
    gc.freeze()


def lower_priority(niceness: int) -> None:
    """Yield processor time to interactive requests (source: nice(2)); child processes inherit the niceness.

    Where the kernel groups processes by session, niceness only counts within a session, so the group is niced too.
    Source: sched(7), "The autogroup feature".
    """
    os.nice(niceness)
    with suppress(OSError):  # no such feature, or not permitted
        AUTOGROUP.write_text(str(niceness))
