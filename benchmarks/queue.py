"""How long a submission takes over the real queue, against the cheapest task that the same queue can have."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import Any

from sqlalchemy import select

from benchmarks.patients import summaries
from schemas.library import load_library
from schemas.patient import dump_patient, load_patient
from service.cli.client import Client
from storage.database import Database, open_database
from storage.models import PatientVersion
from storage.patients import submit
from storage.settings import Settings
from storage.sites import create_key, create_site, find_key
from storage.trials import sync_library
from workers.app import make_celery
from workers.dispatch import enqueue_match, enqueue_touch
from workers.stack import Stack

LOOK_SECONDS = 0.0005
GIVE_UP_SECONDS = 30
WARM_UP = 10


@dataclass(frozen=True)
class Bench:
    """A running stack, and the means to submit to it with and without HTTP."""

    database: Database
    celery: Any
    client: Client
    principal: Any

    def over_http(self, summary: Any) -> float:
        """From the request to the stored result. Units: ms."""
        start = perf_counter()
        submission = self.client.submit(summary)
        return self._until(start, submission["id"], lambda row: row.state == "matched")

    def over_queue(self, summary: Any) -> float:
        """The same without the web server: stored, sent, matched. Units: ms."""
        start = perf_counter()
        with self.database.session() as session:
            stored = submit(session, self.principal, summary)
        enqueue_match(self.celery, stored.patient_version_id)
        return self._until(start, stored.patient_id, lambda row: row.state == "matched")

    def touch(self, patient_id: str) -> float:
        """A task that reads and writes one row. Units: ms."""
        before = self._row(patient_id)
        start = perf_counter()
        enqueue_touch(self.celery, before.id)
        return self._until(start, patient_id, lambda row: row.matched_at != before.matched_at)

    def _until(self, start: float, patient_id: str, done: Callable[[Any], bool]) -> float:
        """Looked for in the database by a reader, so that it counts when it is committed."""
        while not done(self._row(patient_id)):
            if perf_counter() - start > GIVE_UP_SECONDS:
                raise TimeoutError("a task did not end")
            sleep(LOOK_SECONDS)
        return 1000 * (perf_counter() - start)

    def _row(self, patient_id: str) -> Any:
        columns = (PatientVersion.id, PatientVersion.state, PatientVersion.matched_at)
        with self.database.session() as session:
            return session.execute(select(*columns).where(PatientVersion.patient_id == patient_id)).one()


def measure(rows: int) -> dict[str, float]:
    """The figures by name, each a median of so many rows, taken in turn so that a busy moment strikes all alike."""
    made = [dump_patient(load_patient(summary)) for summary in summaries(2 * (rows + WARM_UP))]
    times: dict[str, list[float]] = {"http": [], "queue": [], "touch": []}
    with _bench() as bench:
        for direct, posted in zip(made[::2], made[1::2], strict=True):
            times["queue"].append(bench.over_queue(direct))
            times["http"].append(bench.over_http(posted))
            times["touch"].append(bench.touch(_newest(bench)))
    http, queue, touch = (median(times[name][WARM_UP:]) for name in ("http", "queue", "touch"))
    return {
        "rows": rows,
        "trials": len(load_library().trials),
        "submit_to_result_ms": round(queue, 2),
        "row_task_ms": round(touch, 2),
        "times_row_task": round(queue / touch, 2),
        "http_submit_to_result_ms": round(http, 2),
        "http_times_row_task": round(http / touch, 2),
    }


def _newest(bench: Bench) -> str:
    newest = select(PatientVersion.patient_id).order_by(PatientVersion.submitted_at.desc()).limit(1)
    with bench.database.session() as session:
        return session.scalars(newest).one()


@contextmanager
def _bench() -> Iterator[Bench]:
    with TemporaryDirectory(prefix="trialmatch-bench-") as folder, Stack(Settings(data_dir=Path(folder)), port=0) as stack:
        database = open_database(stack.settings.database_url)
        with database.session() as session:
            site = create_site(session, "Bench")
            sync_library(session, site.id, load_library())
            key = create_key(session, site.id, "coordinator", "bench")
            principal = find_key(session, key)
        celery = make_celery(replace(stack.settings, broker_url=stack.broker_url))
        yield Bench(database, celery, Client(stack.url, key), principal)
        database.close()
