"""Measures a submission through the queue, against the cheapest task on the same queue."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import Library
from settings.configuration import Settings
from storage.database import Database, open_database
from storage.models import PatientVersion
from storage.patients import submit
from storage.sites import create_key, create_site, find_key
from storage.trials import sync_library
from support.sites import SITE_TRIALS, site_library
from support.synthetic_patients import synthetic_summaries
from trialmatch.client import Client
from workers.app import make_celery
from workers.dispatch import enqueue_match, enqueue_touch
from workers.embedded.stack import Stack

POLL_SECONDS = 0.0005
GIVE_UP_SECONDS = 30
WARM_UP = 10


@dataclass(frozen=True)
class QueueBench:
    """A running stack, and the means to submit to it with and without HTTP."""

    database: Database
    reader: sqlite3.Connection
    celery: Any
    client: Client
    principal: Any

    def over_http(self, summary: Any) -> float:
        """Return the time from the request to the stored result. Units: ms."""
        start = perf_counter()
        submission = self.client.submit_patient(summary)
        return self._until(start, submission["id"], "state = 'matched'")

    def over_queue(self, summary: Any) -> float:
        """Return the same time without the web server: stored, sent, matched. Units: ms."""
        start = perf_counter()
        with self.database.session() as session:
            stored = submit(session, self.principal, summary)
        enqueue_match(self.celery, stored.patient_version_id)
        return self._until(start, stored.patient_id, "state = 'matched'")

    def touch(self, summary: Any) -> float:
        """Return the same time for a task that only reads and writes the row. Units: ms."""
        start = perf_counter()
        with self.database.session() as session:
            stored = submit(session, self.principal, summary)
        enqueue_touch(self.celery, stored.patient_version_id)
        return self._until(start, stored.patient_id, "matched_at IS NOT NULL")

    def _until(self, start: float, patient_id: str, done: str) -> float:
        """Poll the database until the result is committed.

        The connection is the driver's own, because a heavier client would slow down the measured processes.
        """
        query = f"SELECT 1 FROM {PatientVersion.__tablename__} WHERE patient_id = ? AND {done}"
        while self.reader.execute(query, (patient_id,)).fetchone() is None:
            if perf_counter() - start > GIVE_UP_SECONDS:
                raise TimeoutError("a task did not end")
            sleep(POLL_SECONDS)
        return 1000 * (perf_counter() - start)


def measure(rows: int, trials: int = len(SITE_TRIALS)) -> dict[str, float]:
    """Return the figures by name, each a median; the kinds take turns, so that other load affects all of them."""
    made = [dump_patient(load_patient(summary)) for summary in synthetic_summaries(3 * (rows + WARM_UP))]
    times: dict[str, list[float]] = {"http": [], "queue": [], "touch": []}
    library = site_library(trials)
    with _bench(library) as bench:
        for direct, posted, touched in zip(made[::3], made[1::3], made[2::3], strict=True):
            times["queue"].append(bench.over_queue(direct))
            times["touch"].append(bench.touch(touched))
            times["http"].append(bench.over_http(posted))
    http, queue, touch = (median(times[name][WARM_UP:]) for name in ("http", "queue", "touch"))
    return {
        "rows": rows,
        "trials": len(library.trials),
        "submit_to_result_ms": round(queue, 2),
        "row_task_ms": round(touch, 2),
        "times_row_task": round(queue / touch, 2),
        "http_submit_to_result_ms": round(http, 2),
        "http_times_row_task": round(http / touch, 2),
    }


@contextmanager
def _bench(library: Library) -> Iterator[QueueBench]:
    with (
        TemporaryDirectory(prefix="trialmatch-bench-") as folder,
        Stack(Settings(data_dir=Path(folder)), port=0) as stack,
    ):
        database = open_database(stack.settings.database_url)
        with database.session() as session:
            site = create_site(session, "QueueBench")
            sync_library(session, site.id, library)
            key = create_key(session, site.id, "coordinator", "bench")
            principal = find_key(session, key)
        celery = make_celery(replace(stack.settings, broker_url=stack.broker_url))
        file = database.engine.url.database
        assert file is not None
        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            yield QueueBench(database, reader, celery, Client(stack.url, key), principal)
        database.close()
