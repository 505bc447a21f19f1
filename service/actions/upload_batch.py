"""Receives a registry file in durable parts, as a batch or as a draft of one, and starts its screening.

The page and the API both use it: `receive_batch` for a file with its read options, `receive_draft` and `begin_draft`
for a file whose options are chosen after a preview.
"""

import io
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import chain
from typing import Any

from registry.options import ReadOptions, read_options, stored_options
from registry.read.source import ByteSource, detect_format
from schemas.inputs.faults import Fault, InputError
from service.api.problems import unavailable
from service.dependencies import dependencies
from settings.roles import Principal
from storage.batches.upload import (
    ReceivedBatch,
    abandon_upload,
    add_part,
    begin_upload,
    complete_upload,
    find_upload,
    key_is_taken,
    open_batch_draft,
    set_draft_options,
)
from storage.errors import StorageError
from storage.idempotency import Idempotency
from workers.batches.send import send_batch
from workers.errors import QueueUnavailable

PART_BYTES = 1 << 20
"""Small enough that writing a part delays nobody, large enough that a gigabyte is a thousand rows."""

ABANDONED = "No data arrived for ten minutes, so the upload was abandoned. Send the file again."
FIRST_BATCH_DELETED = "The first batch with this Idempotency-Key was just deleted. Send the file again."


def read_parts(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield what `read` returns in parts of PART_BYTES; only the last part may be smaller."""
    while part := _read_part(read):
        yield part


def _read_part(read: Callable[[int], bytes]) -> bytes:
    part = bytearray()
    while len(part) < PART_BYTES and (data := read(PART_BYTES - len(part))):
        part += data
    return bytes(part)


def receive_batch(
    principal: Principal, parts: Iterator[bytes], options: ReadOptions, key: str | None = None
) -> ReceivedBatch:
    """Store a file as a batch of the site; nothing is kept of a file that does not arrive completely.

    With an idempotency key, a repeat of the same file returns the first batch.
    Raises: Problem, InputError if the first bytes are not those of a registry, IdempotencyConflict, StorageUnavailable.
    """
    digest = sha256(options.canonical_json.encode())
    if key is not None:
        parts = _hashed(parts, digest)
        if _key_is_taken(principal, key):
            return _find_first(principal, parts, digest, key)
    batch_id = receive_draft(principal, parts, options)
    with _abandoned_on_error(batch_id), dependencies().database.session() as session:
        idempotency = None if key is None else Idempotency(key, digest.hexdigest())
        return complete_upload(session, principal, batch_id, idempotency)


def receive_draft(principal: Principal, parts: Iterator[bytes], options: ReadOptions) -> str:
    """Store a file as a draft of a batch and return its id; nothing is kept of a file that does not arrive completely.

    Raises: Problem, InputError if the first bytes are not those of a registry, StorageUnavailable.
    """
    first = next(parts, b"")
    if not first:
        raise InputError([Fault("", "the file is empty", "send a file with at least one row")])
    detect_format(ByteSource(io.BytesIO(first), options), options)
    with dependencies().database.session() as session:
        batch_id = begin_upload(session, principal, _to_store(options))
    with _abandoned_on_error(batch_id):
        for number, part in enumerate(chain([first], parts)):
            with dependencies().database.session() as session:
                if not add_part(session, batch_id, number, part):
                    raise unavailable(ABANDONED)
    return batch_id


@contextmanager
def _abandoned_on_error(batch_id: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(StorageError):  # the sweeper deletes what cannot be deleted now
            discard_draft(batch_id)
        raise


def draft_options(principal: Principal, batch_id: str) -> ReadOptions | None:
    """Return the read options of a draft, or None if the site has no such draft. This keeps the draft alive."""
    with dependencies().database.session() as session:
        stored = open_batch_draft(session, principal.site_id, batch_id)
    return None if stored is None else read_options(stored)


def change_draft_options(principal: Principal, batch_id: str, options: ReadOptions) -> None:
    """Replace the read options of a draft."""
    with dependencies().database.session() as session:
        set_draft_options(session, principal.site_id, batch_id, _to_store(options))


def discard_draft(batch_id: str) -> None:
    """Delete a draft with its file."""
    with dependencies().database.session() as session:
        abandon_upload(session, batch_id)


def begin_draft(principal: Principal, batch_id: str) -> bool:
    """Turn a draft into a batch and enqueue it; False if the queue does not answer."""
    with dependencies().database.session() as session:
        complete_upload(session, principal, batch_id)
    return enqueue_batch(batch_id, "splitting")


def enqueue_batch(batch_id: str, state: str) -> bool:
    """Enqueue the work of a stored batch; False if the queue does not answer, then the sweeper enqueues it later."""
    found = dependencies()
    try:
        send_batch(found.celery, found.database, batch_id, found.settings.batch_window, state)
    except QueueUnavailable:
        return False
    return True


def _to_store(options: ReadOptions) -> dict[str, Any]:
    return stored_options(options, dependencies().settings.batch_chunk_rows)


def _hashed(parts: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for part in parts:
        digest.update(part)
        yield part


def _key_is_taken(principal: Principal, key: str) -> bool:
    with dependencies().database.session() as session:
        return key_is_taken(session, principal.site_id, key)


def _find_first(principal: Principal, parts: Iterator[bytes], digest: Any, key: str) -> ReceivedBatch:
    """Return the batch that was received with this key. Of the repeated file only the hash is needed.

    Raises: IdempotencyConflict if it is another file.
    """
    deque(parts, maxlen=0)
    with dependencies().database.session() as session:
        found = find_upload(session, principal.site_id, Idempotency(key, digest.hexdigest()))
    if found is None:
        raise unavailable(FIRST_BATCH_DELETED)
    return found
