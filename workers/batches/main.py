"""The same app for the batch worker (`celery -A workers.batches.main`), which uses what others leave."""

import os
from typing import Any

from celery.signals import worker_init

import workers.batches  # noqa: F401 (before the fork: each process would spend a second on it)
from schemas.trials.library import load_library
from workers.compiled_trials import compile_library
from workers.main import app, settings
from workers.priority import make_way

__all__ = ["app"]

app.conf.worker_concurrency = settings.batch_concurrency or os.cpu_count() or 1


@worker_init.connect  # type: ignore[untyped-decorator]
def make_way_to_others(**_: Any) -> None:
    """Before the fork, for the processes that work to inherit it, like all that each would spend time on."""
    compile_library(load_library())
    make_way(settings.batch_niceness)
