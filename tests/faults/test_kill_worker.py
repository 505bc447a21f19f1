"""A worker killed with `kill -9` loses no patient and matches no patient twice, on both databases."""

import os
import signal
from pathlib import Path

import pytest

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from storage.models import PatientVersion
from storage.patients import submit
from storage.trials import sync_library
from support.kill_worker import describe_recovery, kill_worker
from support.servers import Postgres, wait_until
from support.synthetic_patients import synthetic_summaries
from tests.rows import new_principal
from workers.app import make_celery
from workers.dispatch import enqueue_match
from workers.embedded.stack import Stack

pytestmark = pytest.mark.stack

PATIENTS = 150
"""`make bench` takes a thousand."""


def test_no_patient_is_lost_or_matched_twice(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = ""
    if database_kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url(server.make_database())
    outcome = kill_worker(Settings(data_dir=tmp_path, database_url=url, sweep_seconds=3), PATIENTS)
    with capsys.disabled():
        print(f"\n{describe_recovery(outcome)}")
    assert (outcome.lost, outcome.duplicated) == (0, 0)
    assert outcome.passed


def test_the_next_process_matches_the_submission_of_a_killed_process(tmp_path: Path) -> None:
    """Kill only the child process that works: its parent returns the message to the queue at once."""
    with Stack(Settings(data_dir=tmp_path, sweep_seconds=600, lease_seconds=600), port=0) as stack:
        database = open_database(stack.settings.database_url)
        celery = make_celery(Settings(broker_url=stack.broker_url))
        principal = new_principal(database)
        with database.session() as session:
            sync_library(session, principal.site_id, load_library())
        for place, summary in enumerate(synthetic_summaries(30)):
            with database.session() as session:
                stored = submit(session, principal, summary)
            enqueue_match(celery, stored.patient_version_id)
            if place % 10 == 5:
                for child in children(stack.pids["worker-interactive"]):
                    os.kill(child, signal.SIGKILL)
        # Sooner than the visibility timeout, and without the sweeper.
        wait_until(lambda: states(database) == {"matched"}, "all are matched", seconds=40)
        database.close()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in listed.split()]


def states(database) -> set[str]:  # type: ignore[no-untyped-def]
    with database.session() as session:
        return {row.state for row in session.query(PatientVersion)}
