"""Settings of gunicorn (`--config python:workers.gunicorn_settings`); no module imports it."""

import os
from threading import Thread
from typing import Any

from extraction.extract import prepare
from settings.configuration import Settings
from workers.embedded.processes import die_with_parent

_settings = Settings.from_env(os.environ)

bind = [os.environ.get("TRIALMATCH_BIND") or f"{_settings.host}:{_settings.port}"]
workers = 1
threads = _settings.web_threads
worker_class = "gthread"
timeout = 30
graceful_timeout = 5
keepalive = 15
loglevel = _settings.log_level.lower()
control_socket_disable = True


def post_fork(_server: Any, worker: Any) -> None:
    """End this web process when its parent is killed, so that it does not keep the port."""
    die_with_parent(worker.ppid)


def post_worker_init(_worker: Any) -> None:
    """Load spaCy in the background: the first note does not wait for it, and no other request does."""
    Thread(target=prepare, name="prepare-notes", daemon=True).start()
