"""Enforces the size limit of request bodies, and drains bodies that no view has read."""

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

MAX_DRAINED_BYTES = 64 << 20
READ_BYTES = 1 << 16


def read_body() -> bytes:
    """Return the whole body of the current request.

    Raises: RequestEntityTooLarge.
    """
    body = request.get_data(cache=False)
    # werkzeug truncates a body without Content-Length at the limit and raises no error.
    if _has_terminated_input() and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _has_terminated_input() -> bool:
    """Return whether the server ends the input stream; on other servers a read past the end blocks for ever."""
    return bool(request.environ.get("wsgi.input_terminated"))


def drain_body(response: Response) -> Response:
    """Read the rest of the body, up to a limit: closing early would make the client lose our response."""
    if _has_terminated_input():
        stream = request.environ["wsgi.input"]
        left = MAX_DRAINED_BYTES
        while left > 0 and (data := stream.read(READ_BYTES)):
            left -= len(data)
    return response


def register(app: Flask) -> None:
    """Drain the body of every request before the response is sent."""
    app.after_request(drain_body)
