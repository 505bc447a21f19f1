"""Sends tasks to the queue. Messages contain only ids: no patient data leaves the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from workers.errors import QueueUnavailable

MATCH = "trialmatch.match_patient_version"
RESCREEN = "trialmatch.rescreen_site"
RESCREEN_TRIAL = "trialmatch.rescreen_trial"
TOUCH = "trialmatch.touch_row"
SPLIT = "trialmatch.split_batch"
CHUNK = "trialmatch.screen_chunk"


def enqueue_match(celery: Celery, patient_version_id: str, queue: str = "interactive", again: bool = False) -> None:
    """Send a submission to be matched. `again` makes the worker count the attempt.

    Raises: QueueUnavailable, within about two seconds.
    """
    kwargs = {"again": True} if again else {}
    with _translated_errors():
        celery.send_task(MATCH, [patient_version_id], kwargs, queue=queue, retry=False)


def enqueue_rescreen(celery: Celery, site_id: str) -> None:
    """Send a site to be matched with its current trials, on the batch queue so that nobody waits for it.

    Raises: QueueUnavailable.
    """
    with _translated_errors():
        celery.send_task(RESCREEN, [site_id], queue="batch", retry=False)


def enqueue_rescreen_trial(celery: Celery, rescreen_id: str) -> None:
    """Send the next block of a re-screen, on the batch queue so that nobody waits for it.

    Raises: QueueUnavailable.
    """
    with _translated_errors():
        celery.send_task(RESCREEN_TRIAL, [rescreen_id], queue="batch", retry=False)


def enqueue_split(celery: Celery, batch_id: str) -> None:
    """Send a batch to be split into chunks.

    Raises: QueueUnavailable.
    """
    with _translated_errors():
        celery.send_task(SPLIT, [batch_id], queue="batch", retry=False)


def enqueue_chunk(celery: Celery, batch_id: str, number: int) -> None:
    """Send a chunk of a batch to be screened.

    Raises: QueueUnavailable.
    """
    with _translated_errors():
        celery.send_task(CHUNK, [batch_id, number], queue="batch", retry=False)


def enqueue_touch(celery: Celery, patient_version_id: str, queue: str = "interactive") -> None:
    """Send the task that only reads and writes one row, the baseline of benchmarks.

    Raises: QueueUnavailable.
    """
    with _translated_errors():
        celery.send_task(TOUCH, [patient_version_id], queue=queue, retry=False)


def ping_queue(celery: Celery) -> None:
    """Make one round trip to the queue.

    Raises: QueueUnavailable.
    """
    with _translated_errors(), celery.pool.acquire(block=True, timeout=1) as connection:
        connection.default_channel.client.ping()


def backlog(celery: Celery, queue: str) -> int:
    """Return the number of messages that wait in a queue.

    Raises: QueueUnavailable.
    """
    with _translated_errors(), celery.pool.acquire(block=True, timeout=1) as connection:
        return int(connection.default_channel.client.llen(queue))


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (KombuError, RedisError, OSError):
        raise QueueUnavailable("the queue does not answer") from None
