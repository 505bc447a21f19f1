"""Only ids are sent to the queue, and a queue that does not answer raises QueueUnavailable within two seconds."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from redis import Redis

from settings.configuration import Settings
from support.servers import Valkey
from workers.app import make_celery
from workers.dispatch import backlog, enqueue_match, enqueue_rescreen, enqueue_touch, ping_queue
from workers.errors import QueueUnavailable

MAX_SECONDS = 3  # two, and some for a busy machine


@pytest.fixture
def celery(valkey: Valkey) -> Celery:
    return make_celery(Settings(broker_url=valkey.url))


def refused(send: Callable[[], None]) -> float:
    """Return the seconds until QueueUnavailable is raised."""
    begun = time.monotonic()
    with pytest.raises(QueueUnavailable):
        send()
    return time.monotonic() - begun


def messages(valkey: Valkey, queue: str) -> list[bytes]:
    with Redis.from_url(valkey.url) as client:
        waiting: list[bytes] = client.lrange(queue, 0, -1)
        return waiting


@pytest.mark.parametrize("queue", ["interactive", "batch"])
def test_a_submission_waits_in_its_own_queue(celery: Celery, valkey: Valkey, queue: str) -> None:
    enqueue_match(celery, "an-id", queue)
    assert backlog(celery, queue) == len(messages(valkey, queue)) == 1
    assert backlog(celery, "batch" if queue == "interactive" else "interactive") == 0


def test_the_rescreen_of_a_site_is_sent_to_the_batch_queue(celery: Celery) -> None:
    enqueue_rescreen(celery, "a-site")
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (0, 1)


def test_a_message_contains_the_id_and_whether_it_is_sent_again(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "an-id", again=True)
    (message,) = messages(valkey, "interactive")
    headers = json.loads(message)["headers"]
    assert (headers["argsrepr"], headers["kwargsrepr"]) == ("['an-id']", "{'again': True}")


def test_an_unknown_queue_name_is_not_an_outage(celery: Celery) -> None:
    with pytest.raises(Exception, match="elsewhere"):
        enqueue_match(celery, "an-id", "elsewhere")


@pytest.mark.parametrize(
    "send", [ping_queue, lambda app: enqueue_match(app, "an-id"), lambda app: backlog(app, "batch")]
)
def test_a_queue_that_does_not_run_is_unavailable(send: Callable[[Celery], object], tmp_path: Path) -> None:
    app = make_celery(Settings(broker_url=Valkey(tmp_path).url))
    assert refused(lambda: send(app) and None) < MAX_SECONDS


def test_a_queue_that_dies_is_unavailable_and_serves_again_with_its_messages(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "before")
    valkey.stop()
    assert refused(lambda: enqueue_match(celery, "lost")) < MAX_SECONDS
    assert refused(lambda: ping_queue(celery)) < MAX_SECONDS
    valkey.start()
    enqueue_match(celery, "after")
    assert backlog(celery, "interactive") == 2


def test_a_restart_of_the_queue_costs_at_most_one_message(celery: Celery, valkey: Valkey) -> None:
    enqueue_touch(celery, "before")
    valkey.stop()
    valkey.start()
    try:
        enqueue_touch(celery, "after")
    except QueueUnavailable:
        enqueue_touch(celery, "after")
    assert backlog(celery, "interactive") == 2


def test_a_frozen_queue_is_unavailable(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "before")
    with valkey.frozen():
        assert refused(lambda: enqueue_match(celery, "an-id")) < MAX_SECONDS
        assert refused(lambda: ping_queue(celery)) < MAX_SECONDS
    ping_queue(celery)
