"""Sending ids to the queue. Nothing but ids: no patient data leaves the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from celery import Celery
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from workers.errors import QueueUnavailable
from workers.task_names import CHUNK, MATCH, RESCREEN, RESCREEN_TRIAL, SPLIT, TOUCH


def enqueue_match(celery: Celery, patient_version_id: str, queue: str = "interactive", again: bool = False) -> None:
    """Let a submission be matched soon. `again` makes the worker count the attempt.

    Raises: QueueUnavailable, within about two seconds.
    """
    kwargs = {"again": True} if again else {}
    with _naming_outages():
        celery.send_task(MATCH, [patient_version_id], kwargs, queue=queue, retry=False)


def enqueue_rescreen(celery: Celery, site_id: str) -> None:
    """Let every patient of a site be matched against its present trials, behind everybody who waits for an answer.

    Raises: QueueUnavailable.
    """
    with _naming_outages():
        celery.send_task(RESCREEN, [site_id], queue="batch", retry=False)


def enqueue_rescreen_trial(celery: Celery, rescreen_id: str) -> None:
    """Let the next block of a re-screen be done, behind everybody who waits for an answer.

    Raises: QueueUnavailable.
    """
    with _naming_outages():
        celery.send_task(RESCREEN_TRIAL, [rescreen_id], queue="batch", retry=False)


def enqueue_split(celery: Celery, batch_id: str) -> None:
    """Let a batch be split into chunks.

    Raises: QueueUnavailable.
    """
    with _naming_outages():
        celery.send_task(SPLIT, [batch_id], queue="batch", retry=False)


def enqueue_chunk(celery: Celery, batch_id: str, number: int) -> None:
    """Let a chunk of a batch be screened.

    Raises: QueueUnavailable.
    """
    with _naming_outages():
        celery.send_task(CHUNK, [batch_id, number], queue="batch", retry=False)


def enqueue_touch(celery: Celery, patient_version_id: str, queue: str = "interactive") -> None:
    """Send the task that only reads and writes one row, for comparison.

    Raises: QueueUnavailable.
    """
    with _naming_outages():
        celery.send_task(TOUCH, [patient_version_id], queue=queue, retry=False)


def ping_queue(celery: Celery) -> None:
    """One round trip.

    Raises: QueueUnavailable.
    """
    with _naming_outages(), celery.pool.acquire(block=True, timeout=1) as connection:
        connection.default_channel.client.ping()


def backlog(celery: Celery, queue: str) -> int:
    """How many messages wait in a queue.

    Raises: QueueUnavailable.
    """
    with _naming_outages(), celery.pool.acquire(block=True, timeout=1) as connection:
        return int(connection.default_channel.client.llen(queue))


@contextmanager
def _naming_outages() -> Iterator[None]:
    try:
        yield
    except (KombuError, RedisError, OSError):
        raise QueueUnavailable("the queue does not answer") from None
