"""Prefetch the items of an iterator on a background thread."""

from collections import deque
from collections.abc import Iterator
from queue import Queue
from threading import Event, Thread
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefetcher(Generic[T]):
    """Iterate over items, of which a thread reads the first `limit` until the iteration begins."""

    def __init__(self, items: Iterator[T], limit: int) -> None:
        self._items, self._limit = items, limit
        self._buffer: deque[T] = deque()
        self._error: Exception | None = None
        self._stopped = Event()
        self._thread = Thread(target=self._prefetch, daemon=True)

    def __enter__(self) -> "Prefetcher[T]":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Not joined: its input may take long to arrive, and nobody needs it any more.
        self._stopped.set()

    def _prefetch(self) -> None:
        try:
            for item in self._items:
                self._buffer.append(item)
                if self._stopped.is_set() or len(self._buffer) == self._limit:
                    break
        except Exception as error:  # raised again after the items before it, in `_drain`
            self._error = error

    def stop(self) -> None:
        """Stop prefetching, and wait for the item that is being read."""
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        """End the thread, then return all items in order.

        Raises: the error of the iterator, after the items before it.
        """
        self.stop()
        return self._drain()

    def _drain(self) -> Iterator[T]:
        while self._buffer:
            yield self._buffer.popleft()
        if self._error is not None:
            raise self._error
        yield from self._items


def prefetch_one(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, none of which may be None, while a thread reads the next.

    Raises: the error of the iterator, after the items before it.
    """
    queue: Queue[tuple[T | None, Exception | None]] = Queue(1)

    def read() -> None:
        try:
            for item in items:
                queue.put((item, None))
            queue.put((None, None))
        except Exception as error:
            queue.put((None, error))

    Thread(target=read, daemon=True).start()
    while True:
        item, error = queue.get()
        if error is not None:
            raise error
        if item is None:
            return
        yield item
