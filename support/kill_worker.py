"""Submits patients over HTTP, kills a worker half-way, and counts lost and duplicated results."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import Database, open_database
from storage.models import Match, PatientVersion
from support.sites import new_site_key
from support.synthetic_patients import synthetic_summaries
from trialmatch.client import Client
from workers.embedded.stack import Stack

CLIENTS = 4
LIMIT_SECONDS = 30
"""The longest accepted time from the restart of the worker to the last result."""

GIVE_UP_SECONDS = 300
WORKER = "worker-interactive"


@dataclass(frozen=True)
class RecoveryOutcome:
    """Counts and times after a worker was killed.

    `lost`: patients without a result; `duplicated`: results beyond one for each patient and trial.
    """

    database: str
    patients: int
    trials: int
    matched_when_killed: int
    lost: int
    duplicated: int
    restart_seconds: float
    restart_to_last_result_seconds: float

    @property
    def passed(self) -> bool:
        """Whether no result was lost or duplicated, and the last one arrived in time."""
        return self.lost == self.duplicated == 0 and self.restart_to_last_result_seconds <= LIMIT_SECONDS


def kill_worker(settings: Settings, patients: int) -> RecoveryOutcome:
    """Submit distinct patients, kill the worker when half of them are matched, and count the results."""
    with Stack(settings, port=0) as stack:
        database = open_database(stack.settings.database_url)
        client = Client(stack.url, new_site_key(database, "Kill", "registrar"))
        with ThreadPoolExecutor(CLIENTS) as pool:
            submissions = pool.map(client.submit_patient, synthetic_summaries(patients))
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


def _wait(done: Callable[[], bool]) -> None:
    """Wait until done, or give up: the counts then show what is missing."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def _matched(database: Database) -> int:
    with database.session() as session:
        counted = select(func.count()).select_from(PatientVersion).where(PatientVersion.state == "matched")
        return session.scalar(counted) or 0


def _count(database: Database, results: Iterator[Any], patients: int) -> tuple[int, int]:
    """Count lost and duplicated results in the API and in the database, and return the higher of the two counts."""
    expected = Counter(list(load_library().trials))
    answers = [Counter(match["trial"] for match in result["matches"]) for result in results]
    lost = sum(1 for answer in answers if expected - answer)
    duplicated = sum((answer - expected).total() for answer in answers)
    with database.session() as session:
        rows = session.scalar(select(func.count()).select_from(Match)) or 0
        versions = session.scalar(select(func.count()).select_from(PatientVersion)) or 0
    surplus = max(rows - patients * expected.total(), 0) + max(versions - patients, 0)
    return max(lost, patients - len(answers)), max(duplicated, surplus)


def describe_recovery(outcome: RecoveryOutcome) -> str:
    """Return the outcome as one line of text."""
    return (
        f"{outcome.database}: {outcome.patients} patients x {outcome.trials} trials, worker killed after "
        f"{outcome.matched_when_killed}: lost {outcome.lost}, duplicated {outcome.duplicated}; restarted after "
        f"{outcome.restart_seconds} s, last result {outcome.restart_to_last_result_seconds} s later"
    )
