"""A file on its way from a request to the database, part by part: no request holds a whole file in memory."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from registry.options import ReadOptions
from registry.read.source import ByteSource, format_of
from schemas.inputs.faults import Fault, InputError
from service.api.problems import Problem, at_fault, unavailable
from service.dependencies import dependencies
from service.security.authentication import principal
from storage.batches.upload import (
    ReceivedBatch,
    abandon_upload,
    add_part,
    begin_upload,
    complete_upload,
    find_upload,
    key_is_taken,
)
from storage.errors import StorageError
from storage.patients import Idempotency
from workers.batches.options import stored_options

PART_BYTES = 1 << 20
"""Small enough that writing one delays nobody, large enough that a gigabyte is a thousand rows."""

CUT_SHORT = Problem("upload-cut-short", "The file ended before its end; nothing of it is kept. Send it again.")
GIVEN_UP = "Nothing arrived for ten minutes, and the upload was given up. Send the file again."


@dataclass(frozen=True)
class _RequestBody:
    """The body of the present request, read once."""

    most: int

    def parts(self) -> Iterator[bytes]:
        """Parts of one size, but for the last.

        Raises: RequestEntityTooLarge; Problem when the client hangs up.
        """
        total = 0
        while part := self._part():
            total += len(part)
            if total > self.most:
                raise RequestEntityTooLarge
            yield part
        if request.content_length is not None and total < request.content_length:
            raise CUT_SHORT

    def _part(self) -> bytes:
        found = bytearray()
        while len(found) < PART_BYTES and (piece := self._read(PART_BYTES - len(found))):
            found += piece
        return bytes(found)

    def _read(self, size: int) -> bytes:
        try:
            return request.stream.read(size)
        except RequestEntityTooLarge:
            raise
        except Exception:  # servers differ in what they raise for a client that is gone
            raise CUT_SHORT from None


def receive(options: ReadOptions, key: str | None) -> ReceivedBatch:
    """Store the body as a batch of the site; nothing stays of one that does not arrive whole.

    Raises: Problem, InputError for what is no registry by its first bytes, IdempotencyConflict, StorageUnavailable.
    """
    settings = dependencies().settings
    # One byte more, so that a file of just that size still ends by itself.
    request.max_content_length = settings.max_batch_bytes + 1
    body = _RequestBody(settings.max_batch_bytes).parts()
    if key is not None and _is_taken(key):
        return _repeated(body, options, key)
    first = next(body, b"")
    if not first:
        raise InputError([Fault("", "the file is empty")])
    format_of(ByteSource(io.BytesIO(first), options), options)
    with dependencies().database.session() as session:
        batch_id = begin_upload(session, principal(), stored_options(options, settings.batch_chunk_rows))
    try:
        return _store(batch_id, [first], body, options, key)
    except BaseException:
        _abandon(batch_id)
        raise


def _store(
    batch_id: str, first: list[bytes], rest: Iterator[bytes], options: ReadOptions, key: str | None
) -> ReceivedBatch:
    said = _said(options) if key is not None else None
    for number, part in enumerate(_chain(first, rest)):
        if said is not None:
            said.update(part)
        with dependencies().database.session() as session:
            if not add_part(session, batch_id, number, part):
                raise unavailable(GIVEN_UP)
    idempotency = Idempotency(key, said.hexdigest()) if key is not None and said is not None else None
    with dependencies().database.session() as session:
        return complete_upload(session, principal(), batch_id, idempotency)


def _chain(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """The first part is let go as soon as it is taken."""
    yield first.pop()
    yield from rest


def _abandon(batch_id: str) -> None:
    """What cannot be deleted now, the sweeper deletes."""
    try:
        with dependencies().database.session() as session:
            abandon_upload(session, batch_id)
    except StorageError:
        return


def _repeated(body: Iterator[bytes], options: ReadOptions, key: str) -> ReceivedBatch:
    """A file that may be here already: only its hash is taken.

    Raises: IdempotencyConflict when it is another one.
    """
    said = _said(options)
    for part in body:
        said.update(part)
    with dependencies().database.session() as session:
        found = find_upload(session, principal().site_id, Idempotency(key, said.hexdigest()))
    if found is None:
        raise unavailable("The first batch under this Idempotency-Key was deleted just now. Send it again.")
    return found


def _is_taken(key: str) -> bool:
    with dependencies().database.session() as session:
        return key_is_taken(session, principal().site_id, key)


def _said(options: ReadOptions) -> Any:
    return sha256(options.key().encode())


MEDIA_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/octet-stream": None,
    "application/gzip": None,
    "application/zstd": None,
}
"""What a file may be called, and the format that this says. Source: the IANA registry of media types."""


def said_format() -> str | None:
    """The format that the Content-Type says.

    Raises: Problem for another type, and for an encoding that is not read.
    """
    if request.mimetype not in MEDIA_TYPES:
        raise _wrong_type("Content-Type", "no type of a registry file", f"one of {', '.join(MEDIA_TYPES)}")
    if request.headers.get("Content-Encoding", "identity").lower() not in ("identity", "gzip", "zstd"):
        raise _wrong_type("Content-Encoding", "must be gzip, zstd, or left out", "Content-Encoding: gzip")
    return MEDIA_TYPES[request.mimetype]


def _wrong_type(header: str, message: str, hint: str) -> Problem:
    return at_fault("wrong-content-type", [Fault(header, message, hint)], "header")
