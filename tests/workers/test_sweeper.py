"""The sweeper sends again what waits too long, to its own queue, and never makes a long queue longer."""

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

AT_ONCE = -1  # younger than that is nobody


@pytest.fixture
def celery(valkey: Valkey) -> Celery:
    return make_celery(Settings(broker_url=valkey.url))


def test_what_waits_is_sent_to_its_own_queue(database: Database, celery: Celery) -> None:
    principal = new_principal(database)
    submitted(database, principal, "A-1")
    with database.session() as session:
        submit(session, principal, summary("A-2"), queue="batch")
    assert sweep_submissions(database, celery, AT_ONCE) == 2
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (1, 1)


def test_what_was_just_submitted_or_sent_is_left_alone(database: Database, celery: Celery) -> None:
    submitted(database, new_principal(database))
    assert sweep_submissions(database, celery, 60) == 0
    assert sweep_submissions(database, celery, AT_ONCE) == 1
    assert sweep_submissions(database, celery, 60) == 0


def test_what_is_matched_is_left_alone(database: Database, celery: Celery) -> None:
    matched(database, submitted(database, new_principal(database)))
    assert sweep_submissions(database, celery, AT_ONCE) == 0


def test_a_long_queue_explains_the_wait(database: Database, celery: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "MAX_BACKLOG", 3)
    for _ in range(3):
        enqueue_match(celery, "somebody else")
    principal = new_principal(database)
    submitted(database, principal, "A-1")
    with database.session() as session:
        submit(session, principal, summary("A-2"), queue="batch")
    assert sweep_submissions(database, celery, AT_ONCE) == 1
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (3, 1)


def test_what_could_not_be_sent_still_waits(database: Database, celery: Celery, valkey: Valkey) -> None:
    submitted(database, new_principal(database))
    valkey.stop()
    with pytest.raises(QueueUnavailable):
        sweep_submissions(database, celery, AT_ONCE)
    with database.session() as session:
        assert len(stale_submissions(session, AT_ONCE, 10)) == 1


def test_it_waits_out_a_dead_queue_and_says_when_it_is_well(
    database: Database, database_url: str, valkey: Valkey, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, broker_url=valkey.url, sweep_seconds=1, lease_seconds=1
    )
    submitted(database, new_principal(database))
    valkey.stop()
    ended = threading.Event()
    sweeping = threading.Thread(target=run, args=(settings, ended))
    sweeping.start()
    try:
        assert not is_alive(settings)
        valkey.start()
        wait_until(lambda: is_alive(settings), "the sweeper is well")
        wait_until(lambda: backlog(make_celery(settings), "interactive"), "the submission is sent")
    finally:
        ended.set()
        sweeping.join()
