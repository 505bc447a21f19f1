"""Health: whether the process runs, and whether what it needs answers."""

from flask import Flask, Response, jsonify

from service.api.problems import unavailable
from service.dependencies import dependencies
from storage.errors import StorageUnavailable
from workers.dispatch import ping_queue
from workers.errors import QueueUnavailable


def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


def readyz() -> Response:
    """The database and the queue answer too.

    Raises: Problem naming the one that does not.
    """
    try:
        dependencies().database.ping()
        ping_queue(dependencies().celery)
    except StorageUnavailable:
        raise unavailable("The database does not answer.") from None
    except QueueUnavailable:
        raise unavailable("The queue does not answer.") from None
    return jsonify(status="ready")


def register(app: Flask) -> None:
    """Answer both, without a key: they say nothing of anybody."""
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
