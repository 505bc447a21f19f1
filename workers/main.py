"""The apps for Celery's command line: `celery -A workers.main`, and `celery -A workers.main:batch_app` for batches."""

import logging
import os
from typing import Any

from celery.signals import worker_init, worker_process_init
from sqlalchemy.orm import configure_mappers

from schemas.trials.library import load_library
from settings.configuration import Settings
from workers.app import make_celery
from workers.compiled_trials import compile_library
from workers.embedded.processes import die_with_parent
from workers.process_tuning import freeze_long_lived_objects, lower_priority

settings = Settings.from_env(os.environ)
app = make_celery(settings)
batch_app = make_celery(settings)
batch_app.conf.worker_concurrency = settings.batch_concurrency or os.cpu_count() or 1
WORKER_PID = os.getpid()

logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
for noisy_logger in ("celery.app.trace", "celery.worker.strategy", "kombu"):
    # These log two lines per task besides ours, and their tracebacks may quote a patient.
    logging.getLogger(noisy_logger).setLevel(logging.WARNING)


@worker_init.connect  # type: ignore[untyped-decorator]
def prepare_worker(sender: Any, **_: Any) -> None:
    """Load shared data before the fork: all processes share it, and a restarted process is ready at once."""
    load_library()
    configure_mappers()  # a process that a time limit interrupts in this step stays broken
    freeze_long_lived_objects()
    if sender.app is batch_app:
        prepare_batch_worker()


def prepare_batch_worker() -> None:
    """Import and compile what screening needs, then lower the priority, which forked processes inherit."""
    import workers.batches.screen_chunks
    import workers.batches.split_file  # noqa: F401 (each process would spend a second on these imports)

    compile_library(load_library())
    lower_priority(settings.batch_niceness)


@worker_process_init.connect  # type: ignore[untyped-decorator]
def end_with_worker(**_: Any) -> None:
    """End this process with its worker: if the worker is killed before the process is ready, it would wait for ever."""
    if os.getpid() != WORKER_PID:  # a pool of threads does not fork
        die_with_parent(WORKER_PID)
