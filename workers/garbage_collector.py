"""The garbage collector of a worker: what lasts as long as the process is not walked again with every few tasks."""

import gc

ALLOCATIONS = 50_000
"""Some ten tasks' worth. A match makes thousands of objects that hold others, nearly all of which go by themselves; at
Python's own 700 the collector took half the time of a match (measured, `python -m benchmarks queue`)."""


def collect_rarely() -> None:
    """Look for cycles after so many objects, and among the old ones a hundred times more rarely."""
    gc.set_threshold(ALLOCATIONS, 10, 10)


def keep_what_is_there() -> None:
    """Take all that lives now for lasting: compiled trials, vocabularies, code."""
    gc.collect()
    gc.freeze()
