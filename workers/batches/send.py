"""Sending a batch to the queue: the split of its file, and its chunks within the window."""

from collections.abc import Callable
from functools import partial

from celery import Celery

from storage.batches.chunks import finish_batch, take_next_chunks
from storage.database import Database
from workers.dispatch import enqueue_chunk, enqueue_split

SendChunk = Callable[[str, int], None]
"""Sends the number of a chunk of a batch to the queue."""


def send_next_chunks(database: Database, batch_id: str, window: int, send: SendChunk) -> int:
    """Send the next chunks of a batch, or end the batch if none is left; return how many were sent.

    Raises: StorageUnavailable, and any exception of `send`; the sweeper re-queues chunks that were not sent.
    """
    with database.session() as session:
        numbers = take_next_chunks(session, batch_id, window)
    if not numbers:
        with database.session() as session:
            finish_batch(session, batch_id)
    for number in numbers:
        send(batch_id, number)
    return len(numbers)


def send_batch(celery: Celery, database: Database, batch_id: str, window: int, state: str) -> None:
    """Send everything that a new or resumed batch in this state waits for.

    Sending twice does no harm: a task without work does nothing.
    Raises: QueueUnavailable, StorageUnavailable; the sweeper re-queues the rest.
    """
    if state == "splitting":
        enqueue_split(celery, batch_id)
    send_next_chunks(database, batch_id, window, partial(enqueue_chunk, celery))
