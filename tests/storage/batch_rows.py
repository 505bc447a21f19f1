"""Creates batches in storage in each state, for tests."""

from sqlalchemy import func, select

from settings.roles import Principal
from storage.batches import chunks as batch_chunks
from storage.batches import progress as batches
from storage.batches import split as batch_split
from storage.batches import upload as batch_upload
from storage.batches.chunks import ChunkCounts, ChunkWork
from storage.database import Database
from storage.idempotency import Idempotency
from storage.models import Base

ATTEMPTS = 3
LEASE = 60.0
OVER = -1.0
"""A lease that has expired as soon as it is taken."""


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
