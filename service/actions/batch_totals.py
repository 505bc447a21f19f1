"""The counts of a batch, put together as its chunks come in: what is counted once is not read again."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from registry.screen.results import ChunkResult
from registry.screen.totals import ScreenTotals
from storage.batches.lifecycle import BatchView
from storage.batches.stored_results import finished_chunks, results_of
from storage.database import Database

KEPT = 256
"""Batches whose counts are kept in memory: some tens of kilobytes each."""


@dataclass
class _CountedChunks:
    totals: ScreenTotals = field(default_factory=ScreenTotals)
    numbers: set[int] = field(default_factory=set)


@dataclass
class BatchTotals:
    """Those of one process. The database is asked each time which chunks there are, and for those that are new."""

    database: Database
    _known: "OrderedDict[tuple[str, int], _CountedChunks]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, view: BatchView) -> dict[str, Any]:
        """The totals of every finished chunk of the last round.

        Raises: StorageUnavailable.
        """
        with self.database.session() as session:
            finished = finished_chunks(session, view)
        with self._lock:
            counted = self._entry((view.batch_id, view.screening_round))
            fresh = [number for number in finished if number not in counted.numbers]
            for number, data in zip(fresh, results_of(self.database, view.batch_id, fresh), strict=False):
                counted.totals.add(ChunkResult.from_bytes(data))
                counted.numbers.add(number)
            return counted.totals.to_json()

    def _entry(self, key: tuple[str, int]) -> _CountedChunks:
        found = self._known.setdefault(key, _CountedChunks())
        self._known.move_to_end(key)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found
