"""A whole file on all cores of this machine, without a server."""

import gc
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from matching.trial import Trial
from registry.chunk import Chunk
from registry.options import ReadOptions
from registry.reading import chunks_of
from registry.result import ChunkResult
from registry.screening import compiled, screen
from registry.source import Source
from schemas.errors import Fault, InputError

ROWS, ROWS_OF_FEW, FEW_BYTES = 40_000, 5_000, 16 << 20
"""Rows of a chunk: many, for each chunk reads its distinct cells anew; but a small file is work for every core too."""

WAITING = 2
"""Chunks that wait for each process: enough to keep it busy, and few enough to bound the memory."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def screen_source(
    source: Source, trials: Sequence[Trial], options: ReadOptions, processes: int = 0, size: int = 0
) -> Iterator[ChunkResult]:
    """The result of each chunk, in the order of the file. `size` is that of the file, where known. Units: bytes.

    Raises: InputError, after the results before it, for a fault of the file itself.
    """
    processes = processes or cores()
    rows = ROWS_OF_FEW if size and size < FEW_BYTES else ROWS
    # Compiled before the processes are forked, so that each has it at once and none holds a copy of its own.
    compiled(tuple(trials))
    # What is known now stays: without this the collector of each process walks, and so copies, all of it again.
    gc.freeze()
    if processes == 1:
        yield from (screen(chunk, trials, options) for chunk in chunks_of(source, options, rows))
        return
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (tuple(trials), options)) as pool:
        pool.submit(cores).result()
        yield from _in_order(pool, source, options, processes, rows)


def _in_order(
    pool: ProcessPoolExecutor, source: Source, options: ReadOptions, processes: int, rows: int
) -> Iterator[ChunkResult]:
    waiting: deque[Future[ChunkResult]] = deque()
    fault: InputError | None = None
    chunks = chunks_of(source, options, rows)
    try:
        while True:
            try:
                chunk = next(chunks, None)
            except InputError as error:
                fault, chunk = error, None
            if chunk is None:
                break
            waiting.append(pool.submit(_screen, chunk.to_bytes(compress=False)))
            if len(waiting) > WAITING * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        hint = "the machine may be out of memory; use fewer processes"
        raise InputError([Fault("", "a process ended before its work was done", hint)]) from None
    if fault is not None:
        raise fault


_trials: tuple[Trial, ...] = ()
_options = ReadOptions()


def _begin(trials: tuple[Trial, ...], options: ReadOptions) -> None:
    global _trials, _options
    _trials, _options = trials, options


def _screen(payload: bytes) -> ChunkResult:
    return screen(Chunk.from_bytes(payload), _trials, _options)
