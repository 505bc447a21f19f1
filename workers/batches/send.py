"""Sending a batch to the queue: the splitting of its file, or as many of its chunks as may be there at a time."""

from time import monotonic, sleep

from celery import Celery

from storage.batches.chunks import finish_batch, take_next
from storage.batches.split import drop_parts
from storage.database import Database
from workers.dispatch import enqueue_chunk, enqueue_split


def send_batch(celery: Celery, database: Database, batch_id: str, window: int) -> int:
    """Send what a batch waits for, and end it if it waits for nothing; how much was sent.

    Sent twice is no harm: a task that finds nothing to do does nothing.
    Raises: QueueUnavailable, StorageUnavailable; what was not sent is sent by the sweeper.
    """
    with database.session() as session:
        numbers = take_next(session, batch_id, window)
    if not numbers:
        with database.session() as session:
            finish_batch(session, batch_id)
    for number in numbers:
        enqueue_chunk(celery, batch_id, number)
    return len(numbers)


def send_whole_batch(celery: Celery, database: Database, batch_id: str, window: int, state: str) -> None:
    """The same for a batch that begins, or goes on, in this state.

    Raises: QueueUnavailable, StorageUnavailable.
    """
    if state == "splitting":
        enqueue_split(celery, batch_id)
    send_batch(celery, database, batch_id, window)


def drop_file(database: Database, batch_id: str) -> None:
    """Delete the file of a batch that is split or over, a little at a time.

    Raises: StorageUnavailable; the sweeper drops the rest.
    """
    left = True
    while left:
        start = monotonic()
        with database.session() as session:
            left = drop_parts(session, batch_id)
        # SQLite's writers do not queue, they try again now and then: without a pause they would hardly ever get a turn.
        sleep(monotonic() - start)
