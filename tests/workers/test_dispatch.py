"""Only ids go to the queue, and a queue that does not answer is named within two seconds."""

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

LONGEST_SECONDS = 3  # two, and what a busy machine adds


@pytest.fixture
def celery(valkey: Valkey) -> Celery:
    return make_celery(Settings(broker_url=valkey.url))


def refused(send: Callable[[], None]) -> float:
    """Seconds until the outage was named."""
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


def test_a_screening_of_a_whole_site_never_delays_a_coordinator(celery: Celery) -> None:
    enqueue_rescreen(celery, "a-site")
    assert (backlog(celery, "interactive"), backlog(celery, "batch")) == (0, 1)


def test_a_message_holds_the_id_and_says_if_it_came_before(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "an-id", again=True)
    (message,) = messages(valkey, "interactive")
    headers = json.loads(message)["headers"]
    assert (headers["argsrepr"], headers["kwargsrepr"]) == ("['an-id']", "{'again': True}")


def test_a_queue_that_does_not_exist_is_a_mistake_not_an_outage(celery: Celery) -> None:
    with pytest.raises(Exception, match="elsewhere"):
        enqueue_match(celery, "an-id", "elsewhere")


@pytest.mark.parametrize(
    "send", [ping_queue, lambda app: enqueue_match(app, "an-id"), lambda app: backlog(app, "batch")]
)
def test_a_queue_that_was_never_there_is_named(send: Callable[[Celery], object], tmp_path: Path) -> None:
    app = make_celery(Settings(broker_url=Valkey(tmp_path).url))
    assert refused(lambda: send(app) and None) < LONGEST_SECONDS


def test_a_queue_that_dies_is_named_and_serves_again_with_what_it_held(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "before")
    valkey.stop()
    assert refused(lambda: enqueue_match(celery, "lost")) < LONGEST_SECONDS
    assert refused(lambda: ping_queue(celery)) < LONGEST_SECONDS
    valkey.start()
    enqueue_match(celery, "after")
    assert backlog(celery, "interactive") == 2


def test_a_queue_that_dies_unseen_costs_at_most_one_message(celery: Celery, valkey: Valkey) -> None:
    enqueue_touch(celery, "before")
    valkey.stop()
    valkey.start()
    try:
        enqueue_touch(celery, "after")
    except QueueUnavailable:
        enqueue_touch(celery, "after")
    assert backlog(celery, "interactive") == 2


def test_a_frozen_queue_is_named(celery: Celery, valkey: Valkey) -> None:
    enqueue_match(celery, "before")
    with valkey.frozen():
        assert refused(lambda: enqueue_match(celery, "an-id")) < LONGEST_SECONDS
        assert refused(lambda: ping_queue(celery)) < LONGEST_SECONDS
    ping_queue(celery)
