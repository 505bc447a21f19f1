"""Bodies that are too large, and what becomes of a body that nobody read."""

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

MOST_DISCARDED = 64 << 20
CHUNK = 1 << 16


def whole_body() -> bytes:
    """The body of the present request.

    Raises: RequestEntityTooLarge.
    """
    body = request.get_data(cache=False)
    # Of a body that does not say its length werkzeug gives what lies within the limit, and no error.
    if _ends_by_itself() and request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def _ends_by_itself() -> bool:
    """Whether the server ends the stream; with others, reading on would wait for ever."""
    return bool(request.environ.get("wsgi.input_terminated"))


def discard_body(response: Response) -> Response:
    """Read on, up to a limit: a server that hangs up on a client still sending takes its answer away with it."""
    if _ends_by_itself():
        stream = request.environ["wsgi.input"]
        left = MOST_DISCARDED
        while left > 0 and (found := stream.read(CHUNK)):
            left -= len(found)
    return response


def register(app: Flask) -> None:
    """Take in the rest of every request before it is answered."""
    app.after_request(discard_body)
