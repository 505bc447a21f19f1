"""The app for Celery's own command line (`celery -A workers.main`); nothing else imports this module."""

import logging
import os
from typing import Any

from celery.signals import celeryd_init, worker_init

from schemas.library import load_library
from storage.settings import Settings
from workers.app import make_celery
from workers.priority import make_way

settings = Settings.from_env(os.environ)
app = make_celery(settings)

logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
for chatter in ("celery.app.trace", "celery.worker.strategy", "kombu"):
    # Two lines a task, where ours is one; their tracebacks may quote a patient.
    logging.getLogger(chatter).setLevel(logging.WARNING)


@celeryd_init.connect  # type: ignore[untyped-decorator]
def suit_the_queue(sender: str, conf: Any, **_: Any) -> None:
    """A worker of the batch queue uses every processor, and makes way to all others. `sender` is its name."""
    if sender.startswith("batch@"):
        conf.worker_concurrency = settings.batch_concurrency or os.cpu_count() or 1
        make_way()


@worker_init.connect  # type: ignore[untyped-decorator]
def read_library(**_: Any) -> None:
    """Before the fork, so that every process shares the vocabularies and a restarted one is ready at once."""
    load_library()
