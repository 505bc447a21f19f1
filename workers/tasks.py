"""The Celery tasks. They take ids, may run any number of times, and return nothing."""

import logging
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from celery import Celery, Task
from sqlalchemy import select, update

from settings.configuration import Settings
from storage.database import Database, open_database
from storage.errors import StorageUnavailable
from storage.models import PatientVersion, now
from storage.submission_queue import requeue_site
from workers.dispatch import (
    CHUNK,
    MATCH,
    RESCREEN,
    RESCREEN_TRIAL,
    SPLIT,
    TOUCH,
    enqueue_chunk,
    enqueue_match,
    enqueue_rescreen_trial,
)
from workers.errors import QueueUnavailable
from workers.match_submission import SubmissionMatcher
from workers.process_tuning import collect_rarely
from workers.rescreen_trial import Rescreener

if TYPE_CHECKING:
    from workers.batches.screen_chunks import ChunkScreener
    from workers.batches.send import SendChunk
    from workers.batches.split_file import FileSplitter

log = logging.getLogger("trialmatch.worker")

SPLIT_SECONDS = 3600
"""Time limit of a split: a large file takes minutes. It can be long because nobody waits for it: the lease in the
database is renewed with each chunk, and once it has expired the batch is re-queued."""

CHUNK_TIME_SHARE = 0.8
"""Time limit of a chunk as a share of the visibility timeout. A chunk takes a second, or a minute if every row needs
the row-by-row fallback; but its process has lower priority than all others."""


def register_tasks(celery: Celery, settings: Settings) -> None:
    """Add the tasks to the app; each process opens the database at its first task, never before a fork."""
    matcher = cache(partial(_matcher, settings))
    database = cache(partial(open_database, settings.database_url))
    send = partial(_send_chunk, celery)
    splitter = cache(lambda: _splitter(database(), settings, send))
    screener = cache(lambda: _screener(database(), settings, send))

    def match(self: Task, patient_version_id: str, again: bool = False) -> None:
        match_patient_version(matcher(), patient_version_id, again or _redelivered(self))

    def rescreen(site_id: str) -> None:
        rescreen_site(celery, matcher(), site_id)

    def rescreen_trial(rescreen_id: str) -> None:
        rescreen_next_block(celery, _rescreener(matcher()), rescreen_id)

    def touch_row(patient_version_id: str) -> None:
        touch(matcher().database, patient_version_id)

    def split(batch_id: str) -> None:
        _if_database_answers("splitting", lambda: splitter().split(batch_id))

    def chunk(self: Task, batch_id: str, number: int) -> None:
        _if_database_answers("a chunk", lambda: screener().screen(batch_id, number, _redelivered(self)))

    # Not shared: Celery would add them to every other app of the process too, with these settings.
    celery.task(match, name=MATCH, bind=True, shared=False)
    celery.task(rescreen, name=RESCREEN, shared=False)
    celery.task(rescreen_trial, name=RESCREEN_TRIAL, shared=False)
    celery.task(touch_row, name=TOUCH, shared=False)
    celery.task(split, name=SPLIT, shared=False, soft_time_limit=SPLIT_SECONDS, time_limit=SPLIT_SECONDS + 5)
    # Shorter than the visibility timeout: when a chunk is delivered again, its worker is lost for certain.
    limit = int(settings.visibility_timeout_seconds * CHUNK_TIME_SHARE)
    celery.task(chunk, name=CHUNK, bind=True, shared=False, soft_time_limit=limit, time_limit=limit + 2)


def _matcher(settings: Settings) -> SubmissionMatcher:
    collect_rarely()
    return SubmissionMatcher(open_database(settings.database_url), settings.max_attempts)


def _rescreener(matcher: SubmissionMatcher) -> Rescreener:
    return Rescreener(matcher.database, matcher.compiled, max_attempts=matcher.max_attempts)


def _splitter(database: Database, settings: Settings, send: "SendChunk") -> "FileSplitter":
    from workers.batches.split_file import FileSplitter  # imported here: only batch processes need it

    return FileSplitter(database, settings, send)


def _screener(database: Database, settings: Settings, send: "SendChunk") -> "ChunkScreener":
    from workers.batches.screen_chunks import ChunkScreener  # imported here: only batch processes need it

    return ChunkScreener(database, settings, send)


def _send_chunk(celery: Celery, batch_id: str, number: int) -> None:
    try:
        enqueue_chunk(celery, batch_id, number)
    except QueueUnavailable:
        log.warning("no queue; the sweeper sends chunk %d of %s", number, batch_id)


def _if_database_answers(task: str, work: Callable[[], object]) -> None:
    """Do the work, or leave it to the sweeper if the database does not answer."""
    try:
        work()
    except StorageUnavailable:
        log.warning("no database for %s; it keeps waiting", task)


def _redelivered(task: Task) -> bool:
    """Return whether an earlier delivery ended without an answer: its process was lost."""
    info: dict[str, Any] = task.request.delivery_info or {}
    return bool(info.get("redelivered"))


def match_patient_version(matcher: SubmissionMatcher, patient_version_id: str, retry: bool) -> None:
    """Match a submission. After any failure it keeps waiting, or is parked with the name of the error."""
    try:
        try:
            matched = matcher.match(patient_version_id, retry)
        except StorageUnavailable:
            raise
        except Exception as error:
            log.warning("matching %s failed: %s", patient_version_id, type(error).__name__)
            matcher.fail(patient_version_id, error)
        else:
            log.info("%s %s", "matched" if matched else "nothing to do for", patient_version_id)
    except StorageUnavailable:
        log.warning("no database for %s; it keeps waiting", patient_version_id)


def rescreen_site(celery: Celery, matcher: SubmissionMatcher, site_id: str) -> None:
    """Match every patient of a site with its current trials; the sweeper sends those that cannot be sent."""
    with matcher.database.session() as session:
        waiting = requeue_site(session, site_id)
    try:
        for patient_version_id in waiting:
            enqueue_match(celery, patient_version_id, "batch")
    except QueueUnavailable:
        log.warning("no queue; the sweeper sends the rest")


def rescreen_next_block(celery: Celery, rescreener: Rescreener, rescreen_id: str) -> None:
    """Do one block of a re-screen and send the next; the sweeper sends a block that cannot be done or sent now."""
    try:
        if rescreener.rescreen_block(rescreen_id):
            enqueue_rescreen_trial(celery, rescreen_id)
    except StorageUnavailable:
        log.warning("no database for the re-screen %s; it continues later", rescreen_id)
    except QueueUnavailable:
        log.warning("no queue; the sweeper sends the re-screen %s", rescreen_id)


def touch(database: Database, patient_version_id: str) -> None:
    """Read a submission's row and write the current time into it: the baseline of the queue benchmark."""
    wanted = PatientVersion.id == patient_version_id
    with database.session() as session:
        session.scalar(select(PatientVersion.state).where(wanted))
        session.execute(update(PatientVersion).where(wanted).values(matched_at=now()))
