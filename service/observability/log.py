"""Structured logs: one JSON object per line, with the request id and never a submitted value."""

import logging
import re
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.stdlib import ProcessorFormatter

REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


def strip_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Log an exception as its class and code locations only: its message may quote a patient's data."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.name} {frame.filename}:{frame.lineno}" for frame in _frames(error)]
    return event


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))[-12:]


SHARED_PROCESSORS: tuple[Any, ...] = (
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper("iso", utc=True),
    strip_values,
)

# Wrapped here, not configured globally: structlog's default prints the variables of every frame of an exception.
log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("trialmatch.service"),
    processors=[structlog.stdlib.filter_by_level, *SHARED_PROCESSORS, ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
)


def configure_logging(level: str) -> None:
    """Write the logs of this process and its libraries to standard error as JSON lines."""
    final: list[Any] = [ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    handler = logging.StreamHandler()
    handler.setFormatter(ProcessorFormatter(processors=final, foreign_pre_chain=SHARED_PROCESSORS))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def begin_request() -> None:
    """Give the request an id: the caller's X-Request-ID if it is valid, else a new id."""
    requested = request.headers.get("X-Request-ID", "")
    g.request_id = requested if REQUEST_ID.fullmatch(requested) else uuid4().hex
    g.started = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def route() -> str:
    """Return the URL rule of the current request; never its path or query, which may contain personal data."""
    return request.url_rule.rule if request.url_rule else "none"


def elapsed_seconds() -> float:
    """Return the seconds since the current request began."""
    return time.perf_counter() - float(g.started)


def end_request(response: Response) -> Response:
    """Add the request id to the response, and log the request."""
    response.headers["X-Request-ID"] = g.request_id
    principal = g.get("flask_httpauth_user") or g.get("principal")
    log.info(
        "request",
        method=request.method,
        route=route(),
        status=response.status_code,
        milliseconds=round(elapsed_seconds() * 1000, 1),
        site=getattr(principal, "site_id", None),
        key=getattr(principal, "key_id", None),
    )
    return response


def register(app: Flask) -> None:
    """Log every request of the application."""
    app.before_request(begin_request)
    app.after_request(end_request)
