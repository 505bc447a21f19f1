"""Detects lost work and re-queues it: after an outage of the queue, a lost worker or a failed attempt.

Lost are submissions, re-screens, splits and chunks that were sent long ago, are not done, and have no valid lease.
"""

import logging
import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

from celery import Celery

from settings.configuration import Settings
from storage.batches.chunks import WaitingChunk, active_batches, mark_chunk_sent, stale_chunks
from storage.batches.split import delete_file, files_to_delete, mark_split_sent, stale_splits
from storage.batches.upload import abandon_stale_uploads
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.submission_queue import mark_submissions_sent, stale_submissions
from storage.trial_rescreens import mark_rescreen_sent, stale_rescreens
from workers.app import make_celery
from workers.batches.send import send_next_chunks
from workers.dispatch import backlog, enqueue_chunk, enqueue_match, enqueue_rescreen_trial, enqueue_split
from workers.errors import QueueUnavailable

log = logging.getLogger("trialmatch.sweeper")

MAX_RESENT = 500
"""Submissions, and chunks, that one sweep re-queues."""

MAX_BACKLOG = 500
"""Nothing is added to a longer queue: waiting work is probably in it already."""

UPLOAD_IDLE_SECONDS = 600
"""An upload that received nothing for this long is deleted; its client gets an error for the next part."""


def sweep_submissions(database: Database, celery: Celery, older_than: float) -> int:
    """Re-queue submissions that wait longer than `older_than` seconds; return how many.

    Sent first and noted afterwards: a crash in between sends twice, which costs a task without work.
    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        waiting = stale_submissions(session, older_than, MAX_RESENT)
    queues = {submission.queue for submission in waiting}
    short_queues = {queue for queue in queues if backlog(celery, queue) < MAX_BACKLOG}
    sent = [submission for submission in waiting if submission.queue in short_queues]
    for submission in sent:
        enqueue_match(celery, submission.patient_version_id, submission.queue, again=True)
    if sent:
        with database.session() as session:
            mark_submissions_sent(session, [submission.patient_version_id for submission in sent])
    return len(sent)


def sweep_rescreens(database: Database, celery: Celery, older_than: float) -> int:
    """Re-queue the next block of re-screens that completed none for `older_than` seconds; return how many.

    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        stale = stale_rescreens(session, older_than)
    if not stale or backlog(celery, "batch") >= MAX_BACKLOG:
        return 0
    for rescreen_id in stale:
        enqueue_rescreen_trial(celery, rescreen_id)
        with database.session() as session:
            mark_rescreen_sent(session, rescreen_id)
    return len(stale)


def sweep_batches(database: Database, celery: Celery, settings: Settings) -> int:
    """Re-queue lost splits and chunks, delete abandoned uploads and used files, end finished batches.

    Return how many messages were sent.
    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        abandon_stale_uploads(session, UPLOAD_IDLE_SECONDS)
        splits = stale_splits(session, settings.sweep_seconds)
        chunks = stale_chunks(session, settings.sweep_seconds, MAX_RESENT)
        active = active_batches(session)
        unneeded_files = files_to_delete(session)
    for batch_id in unneeded_files:
        delete_file(database, batch_id)
    waiting = backlog(celery, "batch") if splits or chunks else 0
    send, window = partial(enqueue_chunk, celery), settings.batch_window
    return (
        _send_splits(database, celery, splits if waiting < MAX_BACKLOG else [])
        + _send_chunks(database, celery, [chunk for chunk in chunks if _is_lost(chunk, waiting)])
        # A worker that died between storing a result and sending the next chunks leaves a batch without messages.
        + sum(send_next_chunks(database, batch_id, window, send) for batch_id in active)
    )


def _is_lost(chunk: WaitingChunk, backlog: int) -> bool:
    """A chunk that no worker began is probably in the queue, unless the queue is empty."""
    return backlog < MAX_BACKLOG if chunk.lost else backlog == 0


def _send_splits(database: Database, celery: Celery, batch_ids: list[str]) -> int:
    for batch_id in batch_ids:
        enqueue_split(celery, batch_id)
        with database.session() as session:
            mark_split_sent(session, batch_id)
    return len(batch_ids)


def _send_chunks(database: Database, celery: Celery, chunks: list[WaitingChunk]) -> int:
    for chunk in chunks:
        enqueue_chunk(celery, chunk.batch_id, chunk.number)
        with database.session() as session:
            mark_chunk_sent(session, chunk.batch_id, chunk.number)
    return len(chunks)


def run(settings: Settings, stopped: threading.Event) -> None:
    """Sweep until `stopped` is set; wait out outages."""
    database, celery = open_database(settings.database_url), make_celery(settings)
    while not stopped.wait(settings.sweep_seconds / 2):
        try:
            sent = sweep_submissions(database, celery, settings.sweep_seconds)
            sent += sweep_batches(database, celery, settings)
            sent += sweep_rescreens(database, celery, settings.sweep_seconds)
        except (StorageError, QueueUnavailable) as error:
            log.warning("could not sweep: %s", error)
            continue
        if sent:
            log.info("re-queued %d", sent)
        _heartbeat_file(settings).touch()
    database.close()


def is_alive(settings: Settings) -> bool:
    """Return whether the sweeper of this data folder swept recently."""
    file = _heartbeat_file(settings)
    return file.exists() and time.time() - file.stat().st_mtime < 3 * settings.sweep_seconds


def _heartbeat_file(settings: Settings) -> Path:
    return settings.data_dir / "sweeper.alive"


def main() -> None:
    """Run until SIGTERM or Ctrl-C (`python -m workers.sweeper`)."""
    settings = Settings.from_env(os.environ)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    run(settings, stopped)


if __name__ == "__main__":
    main()
