"""Patients submitted over HTTP while a worker is killed: how many are lost or matched twice, how soon it is over.

`python -m benchmarks.kill_worker --patients 1000`, from the repository: it takes its PostgreSQL from tests/servers.py.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select

from benchmarks.patients import summaries
from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import Database, open_database
from storage.models import Match, PatientVersion
from storage.sites import create_key, create_site
from storage.trials import sync_library
from trialmatch.cli.client import ApiClient
from workers.embedded.stack import Stack

CLIENTS = 4
LIMIT_SECONDS = 30
"""Between the restart of the worker and the last result."""

GIVE_UP_SECONDS = 300
WORKER = "worker-interactive"


@dataclass(frozen=True)
class RecoveryOutcome:
    """What came of it. `lost`: patients without a result; `duplicated`: results beyond one a patient and trial."""

    database: str
    patients: int
    trials: int
    matched_when_killed: int
    lost: int
    duplicated: int
    restart_seconds: float
    restart_to_last_result_seconds: float

    @property
    def held(self) -> bool:
        """Whether nothing was lost or duplicated, in time."""
        return self.lost == self.duplicated == 0 and self.restart_to_last_result_seconds <= LIMIT_SECONDS


def kill_worker(patients: int, folder: Path, database_url: str = "") -> RecoveryOutcome:
    """Submit so many distinct patients; kill the worker when half are matched; count."""
    with Stack(Settings(data_dir=folder, database_url=database_url), port=0) as stack:
        database = open_database(stack.settings.database_url)
        client = ApiClient(stack.url, _new_key(database))
        with ThreadPoolExecutor(CLIENTS) as pool:
            submissions = pool.map(client.submit, summaries(patients))
            _wait(lambda: _matched(database) >= patients // 2)
            killed, matched_when_killed = stack.pids[WORKER], _matched(database)
            os.kill(killed, signal.SIGKILL)
            died = time.monotonic()
            _wait(lambda: stack.pids[WORKER] != killed)
            restarted = time.monotonic()
            addresses = [submission["links"]["matches"] for submission in submissions]
            _wait(lambda: _matched(database) == patients)
            over = time.monotonic()
            lost, duplicated = _count(database, pool.map(client.get, addresses), patients)
        kind = database.engine.dialect.name
        database.close()
    trials = len(load_library().trials)
    times = (round(restarted - died, 1), round(over - restarted, 1))
    return RecoveryOutcome(kind, patients, trials, matched_when_killed, lost, duplicated, *times)


def _new_key(database: Database) -> str:
    with database.session() as session:
        site = create_site(session, "Kill")
        sync_library(session, site.id, load_library())
        return create_key(session, site.id, "registrar", "kill")


def _wait(done: Any) -> None:
    """Until it is so, or until it no longer makes sense to wait; the counts then tell what is missing."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def _matched(database: Database) -> int:
    with database.session() as session:
        counted = select(func.count()).select_from(PatientVersion).where(PatientVersion.state == "matched")
        return session.scalar(counted) or 0


def _count(database: Database, results: Iterator[Any], patients: int) -> tuple[int, int]:
    """Lost and duplicated, both as the API shows it and as the database holds it: the worse of the two counts."""
    expected = Counter(list(load_library().trials))
    answers = [Counter(match["trial"] for match in result["matches"]) for result in results]
    lost = sum(1 for answer in answers if expected - answer)
    duplicated = sum((answer - expected).total() for answer in answers)
    with database.session() as session:
        rows = session.scalar(select(func.count()).select_from(Match)) or 0
        versions = session.scalar(select(func.count()).select_from(PatientVersion)) or 0
    surplus = max(rows - patients * expected.total(), 0) + max(versions - patients, 0)
    return max(lost, patients - len(answers)), max(duplicated, surplus)


@contextmanager
def _database_urls(kinds: list[str]) -> Iterator[dict[str, str]]:
    """An empty URL is the stack's own SQLite file."""
    if "postgresql" not in kinds:
        yield dict.fromkeys(kinds, "")
        return
    from tests.servers import running_postgres

    with running_postgres(durable=True) as server:
        urls = {"sqlite": "", "postgresql": server.url(server.make_database())}
        yield {kind: urls[kind] for kind in kinds}


def main() -> None:
    """Exit 0 if it held on every database asked for, else 1."""
    parser = argparse.ArgumentParser(prog="benchmarks.kill_worker", description=__doc__)
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="default: both in turn")
    parser.add_argument("--json", action="store_true", help="one JSON object a database")
    given = parser.parse_args()
    held = True
    with _database_urls(given.database or ["sqlite", "postgresql"]) as urls:
        for url in urls.values():
            with TemporaryDirectory(prefix="trialmatch-kill-") as folder:
                outcome = kill_worker(given.patients, Path(folder), url)
            held = held and outcome.held
            print(json.dumps(asdict(outcome)) if given.json else described(outcome), flush=True)
    sys.exit(0 if held else 1)


def described(outcome: RecoveryOutcome) -> str:
    """One line for a reader."""
    return (
        f"{outcome.database}: {outcome.patients} patients x {outcome.trials} trials, worker killed after "
        f"{outcome.matched_when_killed}: lost {outcome.lost}, duplicated {outcome.duplicated}; restarted after "
        f"{outcome.restart_seconds} s, last result {outcome.restart_to_last_result_seconds} s later"
    )


if __name__ == "__main__":
    main()
