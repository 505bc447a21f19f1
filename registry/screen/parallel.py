"""Screen a whole file on all cores of this machine, without a server."""

import gc
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from matching.trial import Trial
from registry.limits import (
    CHUNKS_PER_PROCESS,
    ROWS_PER_CHUNK,
    SINGLE_PROCESS_BYTES,
    SMALL_FILE_BYTES,
    SMALL_FILE_ROWS_PER_CHUNK,
)
from registry.options import ReadOptions
from registry.read.chunk import Chunk
from registry.read.prefetch import Prefetcher, prefetch_one
from registry.read.read_chunks import chunks_of
from registry.read.source import PARQUET_MAGIC, ByteSource
from registry.screen.compiled_screen import compile_screen
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import screen_rows
from schemas.inputs.faults import Fault, InputError


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def prefetch_chunks(source: ByteSource, options: ReadOptions, size: int = 0) -> Prefetcher[Chunk]:
    """Return the chunks of a file; a thread reads the first while the caller prepares the screening.

    `size` is the size of the file, 0 if unknown. Units: bytes.
    """
    is_small = SINGLE_PROCESS_BYTES < size < SMALL_FILE_BYTES
    rows = SMALL_FILE_ROWS_PER_CHUNK if is_small else ROWS_PER_CHUNK
    return Prefetcher(chunks_of(source, options, rows), CHUNKS_PER_PROCESS * available_cores())


def processes_for(source: ByteSource, size: int) -> int:
    """Return how many processes are worth their start for a file of `size` bytes (0: unknown, such as a pipe).

    A compressed file may have any number of rows, so it gets all cores.
    """
    compressed = source.compression != "plain" or source.peek(len(PARQUET_MAGIC)) == PARQUET_MAGIC
    return available_cores() if compressed or not 0 < size <= SINGLE_PROCESS_BYTES else 1


def screen_chunks(
    chunks: Iterable[Chunk], trials: Sequence[Trial], options: ReadOptions, processes: int
) -> Iterator[ChunkResult]:
    """Yield the result of each chunk, in order.

    Raises: the error of the chunks, such as InputError for a fault of the file, after the results before it.
    """
    # Compiled before the fork, so that the processes share the compiled trials.
    compile_screen(tuple(trials))
    # Existing objects stay: otherwise each process's collector would visit, and so copy, all of them.
    gc.freeze()
    # `iter` ends the prefetching thread: a process must not be forked while a thread runs.
    stream = iter(chunks)
    if processes == 1:
        yield from (screen_rows(chunk, trials, options) for chunk in stream)
        return
    with ProcessPoolExecutor(processes, get_context("fork"), _start_process, (tuple(trials), options)) as pool:
        pool.submit(available_cores).result()
        yield from _screen_in_order(pool, stream, processes)


def _screen_in_order(pool: ProcessPoolExecutor, chunks: Iterator[Chunk], processes: int) -> Iterator[ChunkResult]:
    waiting: deque[Future[ChunkResult]] = deque()
    fault: InputError | None = None
    # A thread reads and packs the next chunk, because the caller has work of its own with each result.
    payloads = prefetch_one(chunk.to_bytes(compress=False) for chunk in chunks)
    try:
        while True:
            try:
                payload = next(payloads, None)
            except InputError as error:
                fault, payload = error, None
            if payload is None:
                break
            waiting.append(pool.submit(_screen_payload, payload))
            if len(waiting) > CHUNKS_PER_PROCESS * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool:
        hint = "the machine may be out of memory; use fewer processes"
        raise InputError([Fault("", "a screening process ended unexpectedly", hint)]) from None
    if fault is not None:
        raise fault


_trials: tuple[Trial, ...] = ()
_options = ReadOptions()


def _start_process(trials: tuple[Trial, ...], options: ReadOptions) -> None:
    global _trials, _options
    _trials, _options = trials, options


def _screen_payload(payload: bytes) -> ChunkResult:
    return screen_rows(Chunk.from_bytes(payload), _trials, _options)
