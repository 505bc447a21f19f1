"""The sweeper re-queues lost splits and chunks of batches, and leaves work that waits in the queue."""

from collections.abc import Iterator

import pytest
from celery import Celery
from sqlalchemy import func, select, update

from settings.configuration import Settings
from storage.batches import chunks as batch_chunks
from storage.batches import split as batch_split
from storage.batches import upload as batch_upload
from storage.batches.chunks import ChunkCounts
from storage.batches.models import Batch, BatchChunk
from storage.database import Database
from storage.models import now
from support.servers import Valkey
from tests.rows import new_principal
from workers import sweeper
from workers.app import make_celery
from workers.dispatch import backlog
from workers.sweeper import sweep_batches

LEASE, OVER, ATTEMPTS = 60.0, -1.0, 3
LONG_AGO = now().replace(year=2020)


@pytest.fixture
def settings(valkey: Valkey) -> Settings:
    return Settings(broker_url=valkey.url, batch_window=2)


@pytest.fixture
def celery(settings: Settings) -> Iterator[Celery]:
    return make_celery(settings)


def received(database: Database) -> str:
    principal = new_principal(database)
    with database.session() as session:
        batch_id = batch_upload.begin_upload(session, principal, {})
        batch_upload.add_part(session, batch_id, 0, b"rows")
        batch_upload.complete_upload(session, principal, batch_id)
    return batch_id


def split(database: Database, chunks: int) -> str:
    batch_id = received(database)
    with database.session() as session:
        for number in range(chunks):
            batch_split.write_chunk(session, batch_id, number, b"p", LEASE)
        batch_split.finish_split(session, batch_id, [])
    return batch_id


def age(database: Database) -> None:
    """Set the time of every message to long ago."""
    with database.session() as session:
        session.execute(update(Batch).values(touched_at=LONG_AGO))
        session.execute(update(BatchChunk).where(BatchChunk.sent_at.is_not(None)).values(sent_at=LONG_AGO))


def test_a_split_whose_message_was_lost_is_requeued_once(
    database: Database, celery: Celery, settings: Settings
) -> None:
    received(database)
    assert sweep_batches(database, celery, settings) == 0
    age(database)
    assert sweep_batches(database, celery, settings) == 1
    assert sweep_batches(database, celery, settings) == 0
    assert backlog(celery, "batch") == 1


def test_chunks_are_sent_up_to_the_window_and_not_again_while_they_wait(
    database: Database, celery: Celery, settings: Settings
) -> None:
    split(database, 3)
    assert sweep_batches(database, celery, settings) == 2
    age(database)
    assert sweep_batches(database, celery, settings) == 0
    celery.control.purge()
    assert sweep_batches(database, celery, settings) == 2


def test_a_chunk_of_a_lost_worker_is_requeued_even_if_others_wait(
    database: Database, celery: Celery, settings: Settings
) -> None:
    batch_id = split(database, 2)
    assert sweep_batches(database, celery, settings) == 2
    with database.session() as session:
        assert batch_chunks.lease_chunk(session, batch_id, 1, OVER, ATTEMPTS) is not None
    age(database)
    assert sweep_batches(database, celery, settings) == 1
    assert backlog(celery, "batch") == 3


def test_a_long_queue_is_not_made_longer(
    database: Database, celery: Celery, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = split(database, 2)
    assert sweep_batches(database, celery, settings) == 2
    with database.session() as session:
        assert batch_chunks.lease_chunk(session, batch_id, 1, OVER, ATTEMPTS) is not None
    age(database)
    monkeypatch.setattr(sweeper, "MAX_BACKLOG", 2)
    assert sweep_batches(database, celery, settings) == 0


def test_a_batch_whose_last_worker_was_lost_is_ended(database: Database, celery: Celery, settings: Settings) -> None:
    batch_id = split(database, 1)
    with database.session() as session:
        work = batch_chunks.lease_chunk(session, batch_id, 0, LEASE, ATTEMPTS)
        assert work is not None
        assert batch_chunks.record_chunk_result(session, work, ChunkCounts(1, 1, 0), b"r")
    assert sweep_batches(database, celery, settings) == 0
    with database.session() as session:
        assert session.scalars(select(Batch.state)).all() == ["done"]


def test_an_idle_upload_is_deleted(database: Database, celery: Celery, settings: Settings) -> None:
    principal = new_principal(database)
    with database.session() as session:
        batch_upload.add_part(session, batch_upload.begin_upload(session, principal, {}), 0, b"half")
    sweep_batches(database, celery, settings)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 1
    age(database)
    sweep_batches(database, celery, settings)
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Batch)) == 0
