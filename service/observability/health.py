"""Health checks: /healthz for the process, /readyz for its database and queue."""

from flask import Flask, Response, jsonify

from service.api.problems import unavailable
from service.dependencies import dependencies
from storage.errors import StorageUnavailable
from workers.dispatch import ping_queue
from workers.errors import QueueUnavailable


def healthz() -> Response:
    """Answer 200 while the process runs."""
    return jsonify(status="ok")


def readyz() -> Response:
    """Answer 200 if the database and the queue answer.

    Raises: Problem that names the one that does not answer.
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
    """Serve both without a key: they reveal nothing about patients or sites."""
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
