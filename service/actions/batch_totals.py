"""Counts the results of a batch; each call reads only chunks that are not counted yet."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from registry.screen.results import ChunkResult
from registry.screen.totals import ScreenTotals
from storage.batches.progress import BatchView
from storage.batches.stored_results import finished_chunks, results_of
from storage.database import Database

MAX_CACHED_BATCHES = 256
"""Some tens of kilobytes each."""


@dataclass
class _CountedChunks:
    totals: ScreenTotals = field(default_factory=ScreenTotals)
    numbers: set[int] = field(default_factory=set)


@dataclass
class BatchTotals:
    """Per-process cache of batch totals. The database is asked each time which chunks are finished."""

    database: Database
    _cache: "OrderedDict[tuple[str, int], _CountedChunks]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, view: BatchView) -> dict[str, Any]:
        """Return the totals of every finished chunk of the last round.

        Raises: StorageUnavailable.
        """
        with self.database.session() as session:
            finished = finished_chunks(session, view)
        with self._lock:
            counted = self._entry((view.batch_id, view.screening_round))
            new_numbers = [number for number in finished if number not in counted.numbers]
            results = results_of(self.database, view.batch_id, new_numbers)
            for number, data in zip(new_numbers, results, strict=False):
                counted.totals.add(ChunkResult.from_bytes(data))
                counted.numbers.add(number)
            return counted.totals.to_json()

    def _entry(self, key: tuple[str, int]) -> _CountedChunks:
        entry = self._cache.setdefault(key, _CountedChunks())
        self._cache.move_to_end(key)
        if len(self._cache) > MAX_CACHED_BATCHES:
            self._cache.popitem(last=False)
        return entry
