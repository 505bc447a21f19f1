"""Chunks of batches in storage, on both databases: screened and counted once, controlled, and deleted for good."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from storage.batches import chunks as batch_chunks
from storage.batches import control
from storage.batches import progress as batches
from storage.batches import split as batch_split
from storage.batches.chunks import ChunkCounts, WaitingChunk
from storage.batches.models import Batch, BatchChunk, BatchPart, BatchPayload, BatchResult
from storage.batches.stored_results import finished_chunks, results_of
from storage.database import Database
from storage.errors import BatchGone
from storage.models import AuditEvent, now
from storage.trials import sync_library
from tests.rows import library, new_principal
from tests.storage.batch_rows import ATTEMPTS, LEASE, OVER, finish, lease, received, rows, screened, split, view


def test_the_window_limits_the_chunks_of_a_batch_in_the_queue(database: Database) -> None:
    batch_id = split(database, new_principal(database), 5)
    with database.session() as session:
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == [0, 1]
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == []
    assert screened(database, batch_id, 0)
    with database.session() as session:
        assert batch_chunks.take_next_chunks(session, batch_id, 2) == [2]
        assert batch_chunks.take_next_chunks(session, batch_id, 9) == [3, 4]


def test_a_chunk_is_leased_by_one_worker_and_taken_over_from_a_lost_worker(database: Database) -> None:
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


def test_a_late_result_of_a_parked_chunk_is_accepted(database: Database) -> None:
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


def test_chunks_that_were_sent_and_are_not_done_are_stale(database: Database) -> None:
    batch_id = split(database, new_principal(database), 3)
    with database.session() as session:
        assert batch_chunks.stale_chunks(session, OVER, 10) == []
        batch_chunks.take_next_chunks(session, batch_id, 2)
        assert batch_chunks.stale_chunks(session, 60, 10) == []
        unleased = [WaitingChunk(batch_id, number, False) for number in (0, 1)]
        assert batch_chunks.stale_chunks(session, OVER, 10) == unleased
    lease(database, batch_id, 0)
    kept = lease(database, batch_id, 1, OVER)
    with database.session() as session:
        assert batch_chunks.stale_chunks(session, OVER, 10) == [WaitingChunk(batch_id, 1, True)]
        batch_chunks.renew_chunk_lease(session, kept, LEASE)
        assert batch_chunks.stale_chunks(session, OVER, 10) == []
        batch_chunks.renew_chunk_lease(session, kept, OVER)
        batch_chunks.mark_chunk_sent(session, batch_id, 1)
        assert batch_chunks.stale_chunks(session, 60, 10) == []


def test_a_paused_batch_starts_no_chunk_and_resumes_where_it_was(database: Database) -> None:
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


def test_pausing_a_batch_stops_its_split(database: Database) -> None:
    principal = new_principal(database)
    batch_id = received(database, principal)
    with database.session() as session:
        assert batch_split.lease_split(session, batch_id, LEASE, ATTEMPTS) is not None
        assert control.pause_batch(session, principal, batch_id)
        assert not batch_split.write_chunk(session, batch_id, 0, b"p", LEASE)
        assert batch_split.stale_splits(session, OVER) == []


def test_a_cancelled_batch_keeps_its_results_and_accepts_no_more(database: Database) -> None:
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


def test_a_rescreen_uses_the_current_trials_and_keeps_the_old_result_until_then(database: Database) -> None:
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
        assert [(version.trial_id, version.version) for version in batches.trial_versions_of(session, after)] == [
            ("A", "1" * 8),
            ("B", "2" * 8),
        ]
    assert list(results_of(database, batch_id, [0])) == [b"second round"]


def test_a_rescreen_without_changes_retries_only_parked_chunks(database: Database) -> None:
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


def test_deleting_a_batch_leaves_only_the_event(database: Database) -> None:
    principal = new_principal(database)
    batch_id = split(database, principal, 2)
    late = lease(database, batch_id, 1)
    assert screened(database, batch_id, 0)
    received(database, principal)
    with database.session() as session:
        assert control.delete_batch(session, principal, batch_id)
        assert not control.delete_batch(session, principal, batch_id)
        assert not batch_chunks.record_chunk_result(session, late, ChunkCounts(1, 1, 0), b"late")
    assert [rows(database, table) for table in (BatchChunk, BatchPayload, BatchResult)] == [0, 0, 0]
    assert (rows(database, Batch), rows(database, BatchPart)) == (1, 2)
    with database.session() as session:
        events = session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == batch_id)).all()
    assert sorted(events) == ["batch.deleted", "batch.submitted"]


def test_a_site_cannot_access_batches_of_another_site(database: Database) -> None:
    principal, other = new_principal(database), new_principal(database, "South")
    batch_id = split(database, principal, 1)
    with database.session() as session:
        assert batches.get_batch(session, other.site_id, batch_id) is None
        assert batches.list_batches(session, other.site_id, 10) == []
        for change in (control.pause_batch, control.resume_batch, control.cancel_batch, control.rescreen_batch):
            assert not change(session, other, batch_id)
        assert not control.delete_batch(session, other, batch_id)
    assert view(database, principal, batch_id).state == "screening"


def test_a_list_is_newest_first_and_continues_after_the_last_batch_seen(database: Database) -> None:
    principal = new_principal(database)
    made = [received(database, principal) for _ in range(4)]
    with database.session() as session:
        first = batches.list_batches(session, principal.site_id, 3)
        rest = batches.list_batches(session, principal.site_id, 3, first[-1].batch_id)
    assert [listed.batch_id for listed in [*first, *rest]] == made[::-1]


def test_time_left_is_estimated_from_the_chunks_that_are_done(database: Database) -> None:
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
