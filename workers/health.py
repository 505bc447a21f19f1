"""Health check of a process, for docker-compose.yml (`python -m workers.health NAME`)."""

import os
import socket
import sys
import urllib.error
import urllib.request
from functools import partial

from settings.configuration import QUEUES, Settings
from workers.app import make_celery
from workers.sweeper import is_alive

CHECK_TIMEOUT_SECONDS = 4
LOOPBACK_OF = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
"""A server that listens on every address is checked on loopback."""


def web_answers(settings: Settings) -> bool:
    """Return whether the web server answers and reaches the database and the queue."""
    host = LOOPBACK_OF.get(settings.host, settings.host)
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.port}/readyz", timeout=CHECK_TIMEOUT_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def worker_answers(settings: Settings, queue: str) -> bool:
    """Return whether this machine's worker of a queue takes messages."""
    node = f"{queue}@{socket.gethostname()}"
    celery = make_celery(settings)
    return node in (celery.control.inspect([node], timeout=CHECK_TIMEOUT_SECONDS, limit=1).ping() or {})


def main() -> None:
    """Exit 0 if the named process is healthy, else 1."""
    settings = Settings.from_env(os.environ)
    checks = {"web": partial(web_answers, settings), "sweeper": partial(is_alive, settings)}
    checks |= {f"worker-{queue}": partial(worker_answers, settings, queue) for queue in QUEUES}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(f"usage: python -m workers.health {'|'.join(checks)}")
    sys.exit(0 if checks[sys.argv[1]]() else 1)


if __name__ == "__main__":
    main()
