"""Uploads of batches in storage, on both databases: received in parts, and split once."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from storage.batches import chunks as batch_chunks
from storage.batches import control
from storage.batches import progress as batches
from storage.batches import split as batch_split
from storage.batches import upload as batch_upload
from storage.batches.models import Batch, BatchPart, BatchPayload
from storage.database import Database
from storage.errors import IdempotencyConflict
from storage.idempotency import Idempotency
from tests.rows import new_principal
from tests.storage.batch_rows import ATTEMPTS, LEASE, OVER, lease, received, rows, split, view


def test_a_file_comes_back_part_by_part(database: Database) -> None:
    batch_id = received(database, new_principal(database), b"one", b"two", b"three")
    with database.session() as session:
        parts = [batch_split.read_part(session, batch_id, number) for number in range(4)]
    assert parts == [b"one", b"two", b"three", b""]


def test_an_incomplete_upload_is_not_visible(database: Database) -> None:
    principal = new_principal(database)
    with database.session() as session:
        batch_id = batch_upload.begin_upload(session, principal, {})
    with database.session() as session:
        assert batches.get_batch(session, principal.site_id, batch_id) is None
        assert batches.list_batches(session, principal.site_id, 10) == []
        assert not control.delete_batch(session, principal, batch_id)


def test_an_upload_that_stopped_leaves_nothing(database: Database) -> None:
    principal = new_principal(database)
    whole = received(database, principal)
    with database.session() as session:
        batch_id = batch_upload.begin_upload(session, principal, {})
        batch_upload.add_part(session, batch_id, 0, b"half")
    with database.session() as session:
        assert batch_upload.abandon_stale_uploads(session, 60) == 0
        assert batch_upload.abandon_stale_uploads(session, OVER) == 1
        assert not batch_upload.add_part(session, batch_id, 1, b"too late")
        batch_upload.abandon_upload(session, whole)
    assert (rows(database, Batch), rows(database, BatchPart)) == (1, 2)


def test_a_repeat_under_its_key_returns_the_first_batch_and_another_file_is_refused(database: Database) -> None:
    principal, other = new_principal(database), new_principal(database, "South")
    key = Idempotency("key-1", "a" * 64)
    first = received(database, principal, key=key)
    assert received(database, principal, key=key) == first
    assert received(database, other, key=key) != first
    with pytest.raises(IdempotencyConflict):
        received(database, principal, key=replace(key, request_hash="b" * 64))
    with database.session() as session:
        assert batch_upload.key_is_taken(session, principal.site_id, "key-1")
        assert not batch_upload.key_is_taken(session, principal.site_id, "key-2")
        assert len(batches.list_batches(session, principal.site_id, 10)) == 1


def test_only_the_worker_with_the_lease_splits_and_another_takes_over_when_it_expires(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        work = batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert work == batch_split.SplitWork(batch_id, {"format": "csv"}, 0)
        assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is None
        assert batch_split.write_chunk(session, batch_id, 0, b"p", OVER)
        after = batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert after is not None
        assert after.chunks == 1


def test_a_chunk_is_written_once(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        assert batch_split.write_chunk(session, batch_id, 0, b"first", LEASE)
        assert batch_split.write_chunk(session, batch_id, 0, b"again", LEASE)
        assert batch_split.renew_split_lease(session, batch_id, LEASE)
        assert session.scalars(select(BatchPayload.data)).all() == [b"first"]


def test_a_split_file_is_deleted_and_a_late_worker_stops_splitting(database: Database) -> None:
    batch_id = split(database, new_principal(database))
    with database.session() as session:
        assert batch_split.files_to_delete(session) == [batch_id]
        assert batch_split.delete_parts(session, batch_id)
        assert not batch_split.delete_parts(session, batch_id)
        assert batch_split.files_to_delete(session) == []
    assert rows(database, BatchPart) == 0
    with database.session() as session:
        assert not batch_split.write_chunk(session, batch_id, 3, b"p", LEASE)
        assert not batch_split.renew_split_lease(session, batch_id, LEASE)
        assert not batch_split.finish_split(session, batch_id, [])


def test_a_file_that_cannot_be_split_fails_with_the_class_of_its_error(database: Database) -> None:
    principal = new_principal(database)
    batch_id = received(database, principal)
    for _ in range(ATTEMPTS):
        with database.session() as session:
            assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is not None
            batch_split.fail_split(session, batch_id, "ValueError", ATTEMPTS)
    found = view(database, principal, batch_id)
    assert (found.state, found.error) == ("failed", "ValueError")


def test_a_split_that_loses_its_worker_each_time_fails_unless_it_makes_progress(database: Database) -> None:
    principal = new_principal(database)
    batch_id = received(database, principal)
    with database.session() as session:
        for number in range(2 * ATTEMPTS):
            assert batch_split.lease_split(session, batch_id, OVER, ATTEMPTS) is not None
            assert batch_split.write_chunk(session, batch_id, number, b"p", OVER)
        for _ in range(ATTEMPTS - 1):
            assert batch_split.lease_split(session, batch_id, OVER, ATTEMPTS) is not None
        assert batch_split.lease_split(session, batch_id, OVER, ATTEMPTS) is None
    found = view(database, principal, batch_id)
    assert (found.state, found.error) == ("failed", "WorkerLost")


def test_an_outage_does_not_count_as_an_attempt(database: Database) -> None:
    batch_id = split(database, new_principal(database), 1)
    for _ in range(2 * ATTEMPTS):
        work = lease(database, batch_id, 0)
        with database.session() as session:
            batch_chunks.release_chunk_lease(session, work)
    other = received(database, new_principal(database, "South"))
    with database.session() as session:
        for _ in range(2 * ATTEMPTS):
            assert batch_split.lease_split(session, other, LEASE, ATTEMPTS) is not None
            batch_split.release_split_lease(session, other)


def test_a_split_without_a_lease_is_stale(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        assert batch_split.stale_splits(session, 60) == []
        assert batch_split.stale_splits(session, OVER) == [batch_id]
        batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert batch_split.stale_splits(session, OVER) == []
        batch_split.renew_split_lease(session, batch_id, OVER)
        assert batch_split.stale_splits(session, OVER) == [batch_id]
