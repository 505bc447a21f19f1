"""Structured logs: one JSON object a line, with the request's id and never a value that somebody submitted."""

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


def without_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its class and its places in the code: its message may quote what a patient's record says."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["at"] = [f"{frame.name} {frame.filename}:{frame.lineno}" for frame in _frames(error)]
    return event


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))[-12:]


SHARED: tuple[Any, ...] = (
    merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper("iso", utc=True),
    without_values,
)

# Not by structlog's global configuration: whose default shows the values of every variable beside an exception.
log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("trialmatch.service"),
    processors=[structlog.stdlib.filter_by_level, *SHARED, ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
)


def configure_logging(level: str) -> None:
    """Send this process's logs, those of libraries too, to standard error as JSON lines."""
    last: list[Any] = [ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    handler = logging.StreamHandler()
    handler.setFormatter(ProcessorFormatter(processors=last, foreign_pre_chain=SHARED))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def begin() -> None:
    """Give the request an id: the caller's own, if it is a plain one."""
    asked = request.headers.get("X-Request-ID", "")
    g.request_id = asked if REQUEST_ID.fullmatch(asked) else uuid4().hex
    g.started = time.perf_counter()
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)


def route() -> str:
    """The rule of the present request. Never its path or query, which a caller may have put anything into."""
    return request.url_rule.rule if request.url_rule else "none"


def seconds() -> float:
    """How long the present request has taken."""
    return time.perf_counter() - float(g.started)


def end(response: Response) -> Response:
    """Tell the caller the id, and log the request."""
    response.headers["X-Request-ID"] = g.request_id
    principal = g.get("flask_httpauth_user") or g.get("principal")
    log.info(
        "request",
        method=request.method,
        route=route(),
        status=response.status_code,
        milliseconds=round(seconds() * 1000, 1),
        site=getattr(principal, "site_id", None),
        key=getattr(principal, "key_id", None),
    )
    return response


def register(app: Flask) -> None:
    """Log every request of the application."""
    app.before_request(begin)
    app.after_request(end)
