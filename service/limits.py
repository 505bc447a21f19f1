"""What becomes of a body that nobody read: too large, or sent with a wrong key."""

from flask import Flask, Response, request

MOST_DISCARDED = 64 << 20
CHUNK = 1 << 16


def discard_body(response: Response) -> Response:
    """Read on, up to a limit: a server that hangs up on a client still sending takes its answer away with it."""
    # Only such a server ends the stream by itself; on others this read would wait for ever.
    if request.environ.get("wsgi.input_terminated"):
        stream = request.environ["wsgi.input"]
        left = MOST_DISCARDED
        while left > 0 and (found := stream.read(CHUNK)):
            left -= len(found)
    return response


def register(app: Flask) -> None:
    """Take in the rest of every request before it is answered."""
    app.after_request(discard_body)
