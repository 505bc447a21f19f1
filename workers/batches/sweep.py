"""Batches that stay behind: uploads that ended midway, splits and chunks whose worker or message was lost."""

from celery import Celery

from settings.configuration import Settings
from storage.batches import chunks as batch_chunks
from storage.batches import split as batch_split
from storage.batches.chunks import WaitingChunk
from storage.batches.upload import abandon_stale_uploads
from storage.database import Database
from workers.batches.send import drop_file, send_batch
from workers.dispatch import backlog, enqueue_chunk, enqueue_split

UPLOAD_IDLE_SECONDS = 600
"""An upload of which nothing arrived for so long is over; whoever still sends is told so."""

MOST_AT_ONCE = 500
LONGEST_QUEUE = 500


def sweep_batches(database: Database, celery: Celery, settings: Settings) -> int:
    """Send again what is lost, and end what is over; how much was sent.

    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        abandon_stale_uploads(session, UPLOAD_IDLE_SECONDS)
        splits = batch_split.stale_splits(session, settings.sweep_seconds)
        chunks = batch_chunks.stale_chunks(session, settings.sweep_seconds, MOST_AT_ONCE)
        active = batch_chunks.active_batches(session)
        dropped = batch_split.files_to_drop(session)
    for batch_id in dropped:
        drop_file(database, batch_id)
    waiting = backlog(celery, "batch") if splits or chunks else 0
    return (
        _send_splits(database, celery, splits if waiting < LONGEST_QUEUE else [])
        + _send_chunks(database, celery, [one for one in chunks if _is_lost(one, waiting)])
        # What a worker that died between storing a result and sending the next left undone.
        + sum(send_batch(celery, database, batch_id, settings.batch_window) for batch_id in active)
    )


def _is_lost(chunk: WaitingChunk, waiting: int) -> bool:
    """One that nobody began may simply wait: while there is a queue, it is in it."""
    return waiting < LONGEST_QUEUE if chunk.lost else waiting == 0


def _send_splits(database: Database, celery: Celery, batch_ids: list[str]) -> int:
    for batch_id in batch_ids:
        enqueue_split(celery, batch_id)
        with database.session() as session:
            batch_split.mark_split_sent(session, batch_id)
    return len(batch_ids)


def _send_chunks(database: Database, celery: Celery, chunks: list[WaitingChunk]) -> int:
    for chunk in chunks:
        enqueue_chunk(celery, chunk.batch_id, chunk.number)
        with database.session() as session:
            batch_chunks.mark_chunk_sent(session, chunk.batch_id, chunk.number)
    return len(chunks)
