"""Sends again what waits too long: after a dead queue, a lost worker, a failed attempt."""

import logging
import os
import signal
import threading
import time
from pathlib import Path

from celery import Celery

from settings.configuration import Settings
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.match_queue import mark_sent, stale
from storage.rescreens import mark_rescreen_sent, stale_rescreens
from workers.app import make_celery
from workers.batches.sweep import sweep_batches
from workers.dispatch import backlog, enqueue_match, enqueue_rescreen_trial
from workers.errors import QueueUnavailable

log = logging.getLogger("trialmatch.sweeper")

MOST_AT_ONCE = 500
LONGEST_QUEUE = 500
"""A longer queue explains why things wait: they are in it. Sending them again would only make it longer."""


def sweep(database: Database, celery: Celery, older_than: float) -> int:
    """Send what waits longer than so many seconds to its queue again; how many were sent.

    Sent first and noted after: a crash between the two sends twice, which costs a task that finds nothing to do.

    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        waiting = stale(session, older_than, MOST_AT_ONCE)
    short = {queue for queue in {one.queue for one in waiting} if backlog(celery, queue) < LONGEST_QUEUE}
    sent = [one for one in waiting if one.queue in short]
    for one in sent:
        enqueue_match(celery, one.patient_version_id, one.queue, again=True)
    if sent:
        with database.session() as session:
            mark_sent(session, [one.patient_version_id for one in sent])
    return len(sent)


def sweep_rescreens(database: Database, celery: Celery, older_than: float) -> int:
    """Send the next block of re-screens that stand still; how many were sent.

    Raises: QueueUnavailable, StorageUnavailable.
    """
    with database.session() as session:
        still = stale_rescreens(session, older_than)
    if not still or backlog(celery, "batch") >= LONGEST_QUEUE:
        return 0
    for rescreen_id in still:
        enqueue_rescreen_trial(celery, rescreen_id)
        with database.session() as session:
            mark_rescreen_sent(session, rescreen_id)
    return len(still)


def run(settings: Settings, ended: threading.Event) -> None:
    """Sweep until told to end; outages are waited out."""
    database, celery = open_database(settings.database_url), make_celery(settings)
    while not ended.wait(settings.sweep_seconds / 2):
        try:
            sent = sweep(database, celery, settings.sweep_seconds) + sweep_batches(database, celery, settings)
            sent += sweep_rescreens(database, celery, settings.sweep_seconds)
        except (StorageError, QueueUnavailable) as error:
            log.warning("could not sweep: %s", error)
            continue
        if sent:
            log.info("sent %d again", sent)
        _sign_of_life(settings).touch()
    database.close()


def alive(settings: Settings) -> bool:
    """Whether the sweeper of this data folder swept lately."""
    sign = _sign_of_life(settings)
    return sign.exists() and time.time() - sign.stat().st_mtime < 3 * settings.sweep_seconds


def _sign_of_life(settings: Settings) -> Path:
    return settings.data_dir / "sweeper.alive"


def main() -> None:
    """Run until SIGTERM or Ctrl-C (`python -m workers.sweeper`)."""
    settings = Settings.from_env(os.environ)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    run(settings, ended)


if __name__ == "__main__":
    main()
