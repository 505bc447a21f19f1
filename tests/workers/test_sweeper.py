"""The sweeper re-queues submissions that wait too long, to their own queue, and adds nothing to a long queue."""

import threading
from pathlib import Path

import pytest
from celery import Celery

from settings.configuration import Settings
from storage.database import Database
from storage.patients import submit
from storage.submission_queue import stale_submissions
from support.servers import Valkey, wait_until
from tests.rows import matched, new_principal, submitted, summary
from workers import sweeper
from workers.app import make_celery
from workers.dispatch import backlog, enqueue_match
from workers.errors import QueueUnavailable
from workers.sweeper import is_alive, run, sweep_submissions

AT_ONCE = -1  # every submission is older


@pytest.fixture
def celery(valkey: Valkey) -> Celery:
    return make_celery(Settings(broker_url=valkey.url))


def test_waiting_submissions_are_sent_to_their_own_queue(database: Database, celery: Celery) -> None:
    principal = new_principal(database)
    submitted(database, principal, "A-1")
    with database.session() as session:
        submit(session, principal, summary("A-2"), queue="batch")
    assert sweep_submissions(database, celery, AT_ONCE) == 2
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (1, 1)


def test_new_and_just_sent_submissions_are_not_requeued(database: Database, celery: Celery) -> None:
    submitted(database, new_principal(database))
    assert sweep_submissions(database, celery, 60) == 0
    assert sweep_submissions(database, celery, AT_ONCE) == 1
    assert sweep_submissions(database, celery, 60) == 0


def test_matched_submissions_are_not_requeued(database: Database, celery: Celery) -> None:
    matched(database, submitted(database, new_principal(database)))
    assert sweep_submissions(database, celery, AT_ONCE) == 0


def test_nothing_is_added_to_a_long_queue(database: Database, celery: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "MAX_BACKLOG", 3)
    for _ in range(3):
        enqueue_match(celery, "another id")
    principal = new_principal(database)
    submitted(database, principal, "A-1")
    with database.session() as session:
        submit(session, principal, summary("A-2"), queue="batch")
    assert sweep_submissions(database, celery, AT_ONCE) == 1
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (3, 1)


def test_a_submission_that_could_not_be_sent_still_waits(database: Database, celery: Celery, valkey: Valkey) -> None:
    submitted(database, new_principal(database))
    valkey.stop()
    with pytest.raises(QueueUnavailable):
        sweep_submissions(database, celery, AT_ONCE)
    with database.session() as session:
        assert len(stale_submissions(session, AT_ONCE, 10)) == 1


def test_the_sweeper_waits_out_a_dead_queue_and_is_healthy_again(
    database: Database, database_url: str, valkey: Valkey, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, broker_url=valkey.url, sweep_seconds=1, lease_seconds=1
    )
    submitted(database, new_principal(database))
    valkey.stop()
    stopped = threading.Event()
    sweeping = threading.Thread(target=run, args=(settings, stopped))
    sweeping.start()
    try:
        assert not is_alive(settings)
        valkey.start()
        wait_until(lambda: is_alive(settings), "the sweeper is healthy")
        wait_until(lambda: backlog(make_celery(settings), "interactive"), "the submission is sent")
    finally:
        stopped.set()
        sweeping.join()
