"""The tasks. They take ids, may run any number of times, and return nothing."""

import logging
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from celery import Celery, Task

from settings.configuration import Settings
from storage.database import open_database
from storage.errors import StorageUnavailable
from storage.match_queue import requeue_site
from workers.dispatch import enqueue_chunk, enqueue_match, enqueue_rescreen_trial
from workers.errors import QueueUnavailable
from workers.garbage_collector import collect_rarely
from workers.match_submission import SubmissionMatcher
from workers.probe import touch
from workers.rescreen_block import Rescreener
from workers.task_names import CHUNK, MATCH, RESCREEN, RESCREEN_TRIAL, SPLIT, TOUCH

if TYPE_CHECKING:
    from workers.batches.screen_batch import BatchWork

log = logging.getLogger("trialmatch.worker")

SPLIT_SECONDS = 3600
"""A large file takes minutes to split. Nobody else waits for it: the claim in the database is kept chunk by chunk, and
once it is not, the batch is sent again, whatever became of the task."""


CHUNK_SHARE = 0.8
"""Of the visibility timeout. A chunk takes a second or, where its every row is bad, a minute; but its process
makes way to all others."""


def register_tasks(celery: Celery, settings: Settings) -> None:
    """Give the app its tasks; each process opens the database at its first task, never before a fork."""
    screening = cache(partial(_screening, settings))
    batches = cache(partial(_batches, celery, settings))

    def match(self: Task, patient_version_id: str, again: bool = False) -> None:
        match_patient_version(screening(), patient_version_id, again or _redelivered(self))

    def rescreen(site_id: str) -> None:
        rescreen_site(celery, screening(), site_id)

    def rescreen_trial(rescreen_id: str) -> None:
        rescreen_block(celery, _rescreening(screening()), rescreen_id)

    def touch_row(patient_version_id: str) -> None:
        touch(screening().database, patient_version_id)

    def split(batch_id: str) -> None:
        _unless_away("splitting", lambda: batches().split(batch_id))

    def chunk(self: Task, batch_id: str, number: int) -> None:
        _unless_away("a chunk", lambda: batches().screen(batch_id, number, _redelivered(self)))

    # Not shared: Celery would give them to every other app of the process too, with these settings.
    celery.task(match, name=MATCH, bind=True, shared=False)
    celery.task(rescreen, name=RESCREEN, shared=False)
    celery.task(rescreen_trial, name=RESCREEN_TRIAL, shared=False)
    celery.task(touch_row, name=TOUCH, shared=False)
    celery.task(split, name=SPLIT, shared=False, soft_time_limit=SPLIT_SECONDS, time_limit=SPLIT_SECONDS + 5)
    # Shorter than the visibility timeout: a chunk that comes a second time has lost whoever had it.
    most = int(settings.visibility_timeout_seconds * CHUNK_SHARE)
    celery.task(chunk, name=CHUNK, bind=True, shared=False, soft_time_limit=most, time_limit=most + 2)


def _screening(settings: Settings) -> SubmissionMatcher:
    collect_rarely()
    return SubmissionMatcher(open_database(settings.database_url), settings.max_attempts)


def _batches(celery: Celery, settings: Settings) -> "BatchWork":
    """Imported here: a process that reads no registry needs none of what that takes."""
    from workers.batches.screen_batch import BatchWork

    def send(batch_id: str, number: int) -> None:
        try:
            enqueue_chunk(celery, batch_id, number)
        except QueueUnavailable:
            log.warning("no queue; the sweeper sends chunk %d of %s", number, batch_id)

    return BatchWork(open_database(settings.database_url), settings, send)


def _unless_away(what: str, work: Callable[[], object]) -> None:
    """Without a database there is nothing to do and nothing to note; the sweeper sends it again."""
    try:
        work()
    except StorageUnavailable:
        log.warning("no database for %s; it keeps waiting", what)


def _rescreening(screening: SubmissionMatcher) -> Rescreener:
    return Rescreener(screening.database, screening.compiled, max_attempts=screening.max_attempts)


def _redelivered(task: Task) -> bool:
    """Whether an earlier delivery ended without an answer: its process was lost."""
    info: dict[str, Any] = task.request.delivery_info or {}
    return bool(info.get("redelivered"))


def match_patient_version(screening: SubmissionMatcher, patient_version_id: str, again: bool) -> None:
    """Match one submission. Whatever fails, the submission keeps waiting or is parked with the error's name."""
    try:
        try:
            done = screening.screen(patient_version_id, again)
        except StorageUnavailable:
            raise
        except Exception as error:
            log.warning("matching %s failed: %s", patient_version_id, type(error).__name__)
            screening.give_up(patient_version_id, error)
        else:
            log.info("%s %s", "matched" if done else "nothing to do for", patient_version_id)
    except StorageUnavailable:
        log.warning("no database for %s; it keeps waiting", patient_version_id)


def rescreen_site(celery: Celery, screening: SubmissionMatcher, site_id: str) -> None:
    """Match every patient of a site against its trials as they are now; what cannot be sent, the sweeper sends."""
    with screening.database.session() as session:
        waiting = requeue_site(session, site_id)
    try:
        for patient_version_id in waiting:
            enqueue_match(celery, patient_version_id, "batch")
    except QueueUnavailable:
        log.warning("no queue; the sweeper sends the rest")


def rescreen_block(celery: Celery, rescreening: Rescreener, rescreen_id: str) -> None:
    """Do one block of a re-screen and send for the next; what cannot be done or sent now, the sweeper sends."""
    try:
        if rescreening.step(rescreen_id):
            enqueue_rescreen_trial(celery, rescreen_id)
    except StorageUnavailable:
        log.warning("no database for the re-screen %s; it goes on later", rescreen_id)
    except QueueUnavailable:
        log.warning("no queue; the sweeper sends the re-screen %s", rescreen_id)
