"""The command lines of our processes: the same in the embedded stack and in docker-compose.yml."""

import sys

from settings.configuration import QUEUES

PYTHON = (sys.executable, "-m")
MIGRATE = (*PYTHON, "workers.migrate")
SWEEPER = (*PYTHON, "workers.sweeper")
WEB = (*PYTHON, "gunicorn", "--config", "python:workers.gunicorn_settings", "service.wsgi:app")


def worker(queue: str) -> tuple[str, ...]:
    """A Celery worker of one queue. No gossip, no mingle: workers have nothing to tell each other.

    That of the batch queue uses every processor, and makes way to all others: it has an app of its own.
    """
    app = "workers.batches.main" if queue == "batch" else "workers.main"
    flags = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return (*PYTHON, "celery", "-A", app, "worker", "-Q", queue, "-n", f"{queue}@%h", *flags)


WORKERS = {f"worker-{queue}": worker(queue) for queue in QUEUES}
