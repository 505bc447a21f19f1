"""The app for Celery's own command line (`celery -A workers.main`); workers/batches/main.py adds to it."""

import logging
import os
from typing import Any

from celery.signals import worker_init, worker_process_init
from sqlalchemy.orm import configure_mappers

from schemas.trials.library import load_library
from settings.configuration import Settings
from workers.app import make_celery
from workers.embedded.lifetime import die_with_parent
from workers.garbage_collector import keep_what_is_there

settings = Settings.from_env(os.environ)
app = make_celery(settings)
WORKER = os.getpid()

logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
for chatter in ("celery.app.trace", "celery.worker.strategy", "kombu"):
    # Two lines a task, where ours is one; their tracebacks may quote a patient.
    logging.getLogger(chatter).setLevel(logging.WARNING)


@worker_init.connect  # type: ignore[untyped-decorator]
def read_library(**_: Any) -> None:
    """Before the fork, so that every process shares the vocabularies and a restarted one is ready at once."""
    load_library()
    configure_mappers()  # a process that a time limit interrupts in the midst of this is of no use afterwards
    keep_what_is_there()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def end_with_the_worker(**_: Any) -> None:
    """A process whose worker was killed before it had said that it is ready would wait for it for ever."""
    if os.getpid() != WORKER:  # a pool of threads forks nothing
        die_with_parent(WORKER)
