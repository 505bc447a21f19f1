"""A whole file on all cores of this machine, without a server."""

import gc
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from matching.trial import Trial
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.read.chunks import chunks_of
from registry.read.prefetch import Prefetcher, one_ahead
from registry.read.source import PARQUET, ByteSource
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import compiled, screen
from schemas.inputs.faults import Fault, InputError

ROWS, ROWS_OF_FEW, FEW_BYTES = 40_000, 10_000, 16 << 20
"""Rows of a chunk: many, for each chunk reads its distinct cells anew; but a small file is work for every core too."""

ALONE_BYTES = 4 << 20
"""Up to here one process is as fast as several, of which each would learn the distinct cells by itself (measured)."""

WAITING = 2
"""Chunks that wait for each process: enough to keep it busy, and few enough to bound the memory."""


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def chunks_ahead(source: ByteSource, options: ReadOptions, size: int = 0) -> Prefetcher[Chunk]:
    """The chunks of a file; the first are read while the caller does what else must be done before them.

    `size` is that of the file, where known. Units: bytes.
    """
    rows = ROWS_OF_FEW if ALONE_BYTES < size < FEW_BYTES else ROWS
    return Prefetcher(chunks_of(source, options, rows), WAITING * cores())


def processes_for(source: ByteSource, size: int) -> int:
    """How many are worth their start, for a file of so many bytes; 0: not known, as of a pipe.

    One that is packed may hold any number of rows.
    """
    packed = source.compression != "plain" or source.peek(len(PARQUET)) == PARQUET
    return cores() if packed or not 0 < size <= ALONE_BYTES else 1


def screen_chunks(
    chunks: Iterable[Chunk], trials: Sequence[Trial], options: ReadOptions, processes: int
) -> Iterator[ChunkResult]:
    """The result of each chunk, in their order.

    Raises: what the chunks raise, such as InputError for a fault of the file itself, after the results before it.
    """
    # Compiled before the processes are forked, so that each has it at once and none holds a copy of its own.
    compiled(tuple(trials))
    # What is known now stays: without this the collector of each process walks, and so copies, all of it again.
    gc.freeze()
    # Its thread ends here: no process may be forked beside it.
    stream = iter(chunks)
    if processes == 1:
        yield from (screen(chunk, trials, options) for chunk in stream)
        return
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (tuple(trials), options)) as pool:
        pool.submit(cores).result()
        yield from _in_order(pool, stream, processes)


def _in_order(pool: ProcessPoolExecutor, chunks: Iterator[Chunk], processes: int) -> Iterator[ChunkResult]:
    waiting: deque[Future[ChunkResult]] = deque()
    fault: InputError | None = None
    # Read and packed by a thread, for whoever takes the results has work of its own with each.
    payloads = one_ahead(chunk.to_bytes(compress=False) for chunk in chunks)
    try:
        while True:
            try:
                payload = next(payloads, None)
            except InputError as error:
                fault, payload = error, None
            if payload is None:
                break
            waiting.append(pool.submit(_screen, payload))
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
