"""Batches in storage, on both databases: received in parts, split and screened once, counted exactly, gone for good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from settings.roles import Principal
from storage.batches import chunks as batch_chunks
from storage.batches import control
from storage.batches import progress as batches
from storage.batches import split as batch_split
from storage.batches import upload as batch_upload
from storage.batches.chunks import ChunkCounts, ChunkWork, WaitingChunk
from storage.batches.models import Batch, BatchChunk, BatchPart, BatchPayload, BatchResult
from storage.batches.stored_results import finished_chunks, results_of
from storage.database import Database
from storage.errors import BatchGone, IdempotencyConflict
from storage.idempotency import Idempotency
from storage.models import AuditEvent, Base, now
from storage.trials import sync_library
from tests.rows import library, new_principal

ATTEMPTS = 3
LEASE = 60.0
OVER = -1.0
"""A claim that is over as soon as it is made."""


def received(database: Database, principal: Principal, *parts: bytes, key: Idempotency | None = None) -> str:
    with database.session() as session:
        batch_id = batch_upload.begin_upload(session, principal, {"format": "csv"})
    for number, part in enumerate(parts or (b"a", b"b")):
        with database.session() as session:
            assert batch_upload.add_part(session, batch_id, number, part)
    with database.session() as session:
        return batch_upload.complete_upload(session, principal, batch_id, key).batch_id


def split(database: Database, principal: Principal, chunks: int = 3) -> str:
    batch_id = received(database, principal)
    with database.session() as session:
        assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is not None
        for number in range(chunks):
            assert batch_split.write_chunk(session, batch_id, number, b"payload %d" % number, LEASE)
        assert batch_split.finish_split(session, batch_id, [])
    return batch_id


def lease(
    database: Database, batch_id: str, number: int, seconds: float = LEASE, redelivered: bool = False
) -> ChunkWork:
    with database.session() as session:
        work = batch_chunks.lease_chunk(session, batch_id, number, seconds, ATTEMPTS, redelivered)
    assert work is not None
    return work


def screened(database: Database, batch_id: str, number: int, result: bytes = b"result") -> bool:
    work = lease(database, batch_id, number)
    with database.session() as session:
        return batch_chunks.record_chunk_result(session, work, ChunkCounts(10, 7, 1), result)


def view(database: Database, principal: Principal, batch_id: str) -> batches.BatchView:
    with database.session() as session:
        found = batches.get_batch(session, principal.site_id, batch_id)
    assert found is not None
    return found


def rows(database: Database, table: type[Base]) -> int:
    with database.session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def finish(database: Database, batch_id: str) -> bool:
    with database.session() as session:
        return batch_chunks.finish_batch(session, batch_id)


# --- receiving -------------------------------------------------------------------------------------


def test_a_file_comes_back_part_by_part(database: Database) -> None:
    batch_id = received(database, new_principal(database), b"one", b"two", b"three")
    with database.session() as session:
        parts = [batch_split.read_part(session, batch_id, number) for number in range(4)]
    assert parts == [b"one", b"two", b"three", b""]


def test_what_is_being_received_is_not_there_yet(database: Database) -> None:
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


def test_a_repeat_under_its_key_is_the_first_batch_and_another_file_is_refused(database: Database) -> None:
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


# --- splitting -------------------------------------------------------------------------------------


def test_one_at_a_time_splits_and_a_lost_one_is_followed(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        work = batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert work == batch_split.SplitWork(batch_id, {"format": "csv"}, 0)
        assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is None
        assert batch_split.write_chunk(session, batch_id, 0, b"p", OVER)
        after = batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert after is not None
        assert after.chunks == 1


def test_a_chunk_is_written_once_whoever_writes_it_again(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        assert batch_split.write_chunk(session, batch_id, 0, b"first", LEASE)
        assert batch_split.write_chunk(session, batch_id, 0, b"again", LEASE)
        assert batch_split.renew_split_lease(session, batch_id, LEASE)
        assert session.scalars(select(BatchPayload.data)).all() == [b"first"]


def test_a_split_file_is_dropped_and_a_late_splitter_stops(database: Database) -> None:
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


def test_a_splitter_that_dies_each_time_fails_the_batch_unless_it_gets_on(database: Database) -> None:
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


def test_an_outage_is_no_attempt(database: Database) -> None:
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


def test_a_split_that_nobody_is_at_is_stale(database: Database) -> None:
    batch_id = received(database, new_principal(database))
    with database.session() as session:
        assert batch_split.stale_splits(session, 60) == []
        assert batch_split.stale_splits(session, OVER) == [batch_id]
        batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS)
        assert batch_split.stale_splits(session, OVER) == []
        batch_split.renew_split_lease(session, batch_id, OVER)
        assert batch_split.stale_splits(session, OVER) == [batch_id]


# --- chunks ----------------------------------------------------------------------------------------


def test_only_so_many_chunks_of_a_batch_are_with_the_queue(database: Database) -> None:
    batch_id = split(database, new_principal(database), 5)
    with database.session() as session:
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == [0, 1]
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == []
    assert screened(database, batch_id, 0)
    with database.session() as session:
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == [2]
        assert batch_chunks.take_next_chunks(session, batch_id, 9) == [3, 4]


def test_a_chunk_is_claimed_by_one_and_taken_from_the_lost(database: Database) -> None:
    batch_id = split(database, new_principal(database), 1)
    lease(database, batch_id, 0)
    with database.session() as session:
        assert batch_chunks.lease_chunk(session, batch_id, 0, LEASE, ATTEMPTS) is None
    lease(database, batch_id, 0, OVER, redelivered=True)
    assert lease(database, batch_id, 0).payload == b"payload 0"


def test_a_result_is_written_once(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 1)
    first, second = lease(database, batch_id, 0), lease(database, batch_id, 0, redelivered=True)
    with database.session() as session:
        assert batch_chunks.record_chunk_result(session, second, ChunkCounts(10, 7, 1), b"second")
        assert not batch_chunks.record_chunk_result(session, first, ChunkCounts(10, 7, 1), b"first")
    progress = view(database, principal, batch_id).progress
    assert (progress.rows, progress.matched, progress.bad) == (10, 7, 1)
    assert list(results_of(database, batch_id, [0])) == [b"second"]


def test_the_batch_is_done_when_no_chunk_waits(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    assert screened(database, batch_id, 0)
    assert not finish(database, batch_id)
    assert view(database, principal, batch_id).state == "screening"
    assert screened(database, batch_id, 1)
    assert finish(database, batch_id)
    assert not finish(database, batch_id)
    found = view(database, principal, batch_id)
    assert found.state == "done"
    assert found.finished_at is not None
    with database.session() as session:
        assert finished_chunks(session, found) == [0, 1]


def test_a_poison_chunk_is_parked_and_the_rest_completes(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    for _ in range(ATTEMPTS):
        work = lease(database, batch_id, 0)
        with database.session() as session:
            batch_chunks.fail_chunk(session, work, "KeyError", ATTEMPTS)
    assert screened(database, batch_id, 1)
    assert finish(database, batch_id)
    found = view(database, principal, batch_id)
    assert (found.state, found.progress.chunks_done, found.progress.chunks_parked) == ("done", 1, 1)
    with database.session() as session:
        assert batches.parked_errors(session, batch_id) == [(0, "KeyError")]
        assert finished_chunks(session, found) == [1]


def test_a_chunk_that_kills_its_workers_is_parked(database: Database) -> None:
    batch_id = split(database, new_principal(database), 1)
    for _ in range(ATTEMPTS):
        lease(database, batch_id, 0, OVER)
    with database.session() as session:
        assert batch_chunks.lease_chunk(session, batch_id, 0, OVER, ATTEMPTS) is None
        assert batches.parked_errors(session, batch_id) == [(0, "WorkerLost")]


def test_a_chunk_of_a_slow_worker_that_was_given_up_is_still_done(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    slow = lease(database, batch_id, 0, OVER)
    for _ in range(ATTEMPTS - 1):
        lease(database, batch_id, 0, OVER)
    with database.session() as session:
        assert batch_chunks.lease_chunk(session, batch_id, 0, OVER, ATTEMPTS) is None
        assert batches.parked_errors(session, batch_id) == [(0, "WorkerLost")]
        assert batch_chunks.record_chunk_result(session, slow, ChunkCounts(10, 7, 1), b"late")
        assert not batch_chunks.record_chunk_result(session, slow, ChunkCounts(10, 7, 1), b"later")
    assert screened(database, batch_id, 1)
    assert finish(database, batch_id)
    progress = view(database, principal, batch_id).progress
    assert (progress.chunks_done, progress.chunks_parked) == (2, 0)
    assert list(results_of(database, batch_id, [0])) == [b"late"]


def test_what_was_sent_and_is_not_done_is_stale(database: Database) -> None:
    batch_id = split(database, new_principal(database), 3)
    with database.session() as session:
        assert batch_chunks.stale_chunks(session, OVER, 10) == []
        batch_chunks.take_next_chunks(session, batch_id, 2)
        assert batch_chunks.stale_chunks(session, 60, 10) == []
        unclaimed = [WaitingChunk(batch_id, number, False) for number in (0, 1)]
        assert batch_chunks.stale_chunks(session, OVER, 10) == unclaimed
    lease(database, batch_id, 0)
    kept = lease(database, batch_id, 1, OVER)
    with database.session() as session:
        assert batch_chunks.stale_chunks(session, OVER, 10) == [WaitingChunk(batch_id, 1, True)]
        batch_chunks.renew_chunk_lease(session, kept, LEASE)
        assert batch_chunks.stale_chunks(session, OVER, 10) == []
        batch_chunks.renew_chunk_lease(session, kept, OVER)
        batch_chunks.mark_chunk_sent(session, batch_id, 1)
        assert batch_chunks.stale_chunks(session, 60, 10) == []


# --- what a site does with its batches -------------------------------------------------------------


def test_a_paused_batch_begins_nothing_and_goes_on_where_it_was(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 3)
    with database.session() as session:
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == [0, 1]
    begun = lease(database, batch_id, 0)
    with database.session() as session:
        assert control.pause_batch(session, principal, batch_id)
        assert not control.pause_batch(session, principal, batch_id)
        assert batch_chunks.lease_chunk(session, batch_id, 1, LEASE, ATTEMPTS) is None
        assert batch_chunks.take_next_chunks(session, batch_id, 9) == []
        assert batch_chunks.active_batches(session) == []
        assert batch_chunks.stale_chunks(session, OVER, 10) == []
        assert batch_chunks.record_chunk_result(session, begun, ChunkCounts(1, 1, 0), b"what was begun is kept")
    assert view(database, principal, batch_id).state == "paused"
    with database.session() as session:
        assert control.resume_batch(session, principal, batch_id)
        assert not control.resume_batch(session, principal, batch_id)
        assert batch_chunks.active_batches(session) == [batch_id]
        assert batch_chunks.take_next_chunks(session, batch_id, 9) == [1, 2]


def test_a_paused_splitter_stops(database: Database) -> None:
    principal = new_principal(database)
    batch_id = received(database, principal)
    with database.session() as session:
        assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is not None
        assert control.pause_batch(session, principal, batch_id)
        assert not batch_split.write_chunk(session, batch_id, 0, b"p", LEASE)
        assert batch_split.stale_splits(session, OVER) == []


def test_a_cancelled_batch_keeps_what_it_has_and_takes_no_more(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    assert screened(database, batch_id, 0)
    late = lease(database, batch_id, 1)
    with database.session() as session:
        assert control.cancel_batch(session, principal, batch_id)
        assert not control.cancel_batch(session, principal, batch_id)
        assert not batch_chunks.record_chunk_result(session, late, ChunkCounts(1, 1, 0), b"late")
        assert not control.rescreen_batch(session, principal, batch_id)
    assert view(database, principal, batch_id).state == "cancelled"
    assert list(results_of(database, batch_id, [0])) == [b"result"]
    with pytest.raises(BatchGone):
        list(results_of(database, batch_id, [0, 1]))


def test_a_rescreen_takes_the_trials_of_today_and_keeps_the_old_result_until_then(database: Database) -> None:
    principal = new_principal(database, A="1" * 8, B="1" * 8)
    batch_id = split(database, principal, 1)
    assert screened(database, batch_id, 0, b"first round")
    with database.session() as session:
        assert not control.rescreen_batch(session, principal, batch_id)
    assert finish(database, batch_id)
    before = view(database, principal, batch_id)
    with database.session() as session:
        sync_library(session, principal.site_id, library(A="1" * 8, B="2" * 8))
        assert control.rescreen_batch(session, principal, batch_id)
    work = lease(database, batch_id, 0)
    assert (work.round, work.old_result, work.old_trial_version_pks) == (1, b"first round", before.trial_version_pks)
    assert len(set(work.trial_version_pks) - set(work.old_trial_version_pks)) == 1
    with database.session() as session:
        assert finished_chunks(session, view(database, principal, batch_id)) == []
        assert not batch_chunks.record_chunk_result(
            session, replace(work, round=0), ChunkCounts(9, 9, 0), b"of the old round"
        )
        assert batch_chunks.record_chunk_result(session, work, ChunkCounts(10, 7, 1), b"second round")
    assert finish(database, batch_id)
    after = view(database, principal, batch_id)
    with database.session() as session:
        assert [(one.trial_id, one.version) for one in batches.trial_versions_of(session, after)] == [
            ("A", "1" * 8),
            ("B", "2" * 8),
        ]
    assert list(results_of(database, batch_id, [0])) == [b"second round"]


def test_a_rescreen_without_changes_tries_only_what_was_parked(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    assert screened(database, batch_id, 0)
    with database.session() as session:
        session.execute(update(BatchChunk).where(BatchChunk.number == 1).values(state="parked", error="KeyError"))
    assert finish(database, batch_id)
    with database.session() as session:
        assert control.rescreen_batch(session, principal, batch_id)
        assert batch_chunks.take_next_chunks(session, batch_id, 9) == [1]
        assert batches.parked_errors(session, batch_id) == []


def test_deleting_leaves_the_event_alone(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    late = lease(database, batch_id, 1)
    assert screened(database, batch_id, 0)
    received(database, principal)
    with database.session() as session:
        assert control.delete_batch(session, principal, batch_id)
        assert not control.delete_batch(session, principal, batch_id)
        assert not batch_chunks.record_chunk_result(session, late, ChunkCounts(1, 1, 0), b"late")
    assert [rows(database, one) for one in (BatchChunk, BatchPayload, BatchResult)] == [0, 0, 0]
    assert (rows(database, Batch), rows(database, BatchPart)) == (1, 2)
    with database.session() as session:
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == batch_id)).all()
    assert sorted(events) == ["batch.deleted", "batch.submitted"]


def test_nothing_of_one_site_is_there_for_another(database: Database) -> None:
    principal, other = new_principal(database), new_principal(database, "South")
    batch_id = split(database, principal, 1)
    with database.session() as session:
        assert batches.get_batch(session, other.site_id, batch_id) is None
        assert batches.list_batches(session, other.site_id, 10) == []
        for change in (control.pause_batch, control.resume_batch, control.cancel_batch, control.rescreen_batch):
            assert not change(session, other, batch_id)
        assert not control.delete_batch(session, other, batch_id)
    assert view(database, principal, batch_id).state == "screening"


def test_a_list_is_newest_first_and_goes_on_behind_the_last_one_seen(database: Database) -> None:
    principal = new_principal(database)
    made = [received(database, principal) for _ in range(4)]
    with database.session() as session:
        first = batches.list_batches(session, principal.site_id, 3)
        rest = batches.list_batches(session, principal.site_id, 3, first[-1].batch_id)
    assert [one.batch_id for one in [*first, *rest]] == made[::-1]


def test_time_left_is_told_from_the_chunks_that_are_done(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 4)
    assert view(database, principal, batch_id).progress.seconds_left is None
    for number in range(2):
        assert screened(database, batch_id, number)
    with database.session() as session:
        begun = now() - timedelta(seconds=4)
        session.execute(update(BatchChunk).values(sent_at=begun))
        session.execute(
            update(BatchChunk).where(BatchChunk.number < 2).values(finished_at=begun + timedelta(seconds=2))
        )
    progress = view(database, principal, batch_id).progress
    assert progress.rows_per_second == pytest.approx(10)
    assert progress.seconds_left == pytest.approx(2)
