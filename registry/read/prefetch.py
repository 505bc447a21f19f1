"""Items of an iterator, taken while something else is done."""

from collections import deque
from collections.abc import Iterator
from queue import Queue
from threading import Event, Thread
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefetcher(Generic[T]):
    """All items in their order. A thread takes the first of them, until somebody asks for them or there are enough."""

    def __init__(self, items: Iterator[T], most: int) -> None:
        self._items, self._most = items, most
        self._taken: deque[T] = deque()
        self._fault: Exception | None = None
        self._over = Event()
        self._thread = Thread(target=self._take, daemon=True)

    def __enter__(self) -> "Prefetcher[T]":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Not waited for: what it reads may not come for a long time, and nobody wants it any more.
        self._over.set()

    def _take(self) -> None:
        try:
            for item in self._items:
                self._taken.append(item)
                if self._over.is_set() or len(self._taken) == self._most:
                    break
        except Exception as error:  # told where the items before it are taken, in `__iter__`
            self._fault = error

    def stop(self) -> None:
        """Take no more ahead; what is being taken is waited for."""
        self._over.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        """The thread is over from here on.

        Raises: what the iterator raised, after the items before it.
        """
        self.stop()
        return self._all()

    def _all(self) -> Iterator[T]:
        while self._taken:
            yield self._taken.popleft()
        if self._fault is not None:
            raise self._fault
        yield from self._items


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, none of which is None. A thread takes the next while the caller is at the present one.

    Raises: what the iterator raised, after the items before it.
    """
    handed: Queue[tuple[T | None, Exception | None]] = Queue(1)

    def take() -> None:
        try:
            for item in items:
                handed.put((item, None))
            handed.put((None, None))
        except Exception as error:
            handed.put((None, error))

    Thread(target=take, daemon=True).start()
    while True:
        item, error = handed.get()
        if error is not None:
            raise error
        if item is None:
            return
        yield item
