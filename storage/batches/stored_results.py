"""The results of a batch, chunk by chunk: each is read for itself, so that a million rows need no memory."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from storage.batches.lifecycle import BatchView
from storage.batches.tables import BatchChunk, BatchPayload, BatchResult
from storage.database import Database
from storage.errors import BatchGone


def finished_chunks(session: Session, view: BatchView) -> list[int]:
    """The chunks whose result is of the last round, in the order of the file."""
    same = and_(BatchChunk.batch_id == BatchResult.batch_id, BatchChunk.number == BatchResult.number)
    wanted = select(BatchResult.number).join(BatchChunk, same).order_by(BatchResult.number)
    mine = (BatchResult.batch_id == view.batch_id, BatchResult.round == BatchChunk.round, BatchChunk.state == "done")
    return list(session.scalars(wanted.where(*mine)))


def read_result(session: Session, batch_id: str, number: int) -> bytes | None:
    """The result of one chunk; None if the batch was deleted meanwhile."""
    wanted = select(BatchResult.data).where(BatchResult.batch_id == batch_id, BatchResult.number == number)
    return session.scalar(wanted)


def results_of(database: Database, batch_id: str, numbers: list[int]) -> Iterator[bytes]:
    """The results of these chunks, each read in a transaction of its own: a slow reader holds none open.

    Raises: StorageUnavailable; BatchGone when the batch is deleted meanwhile: half a file must not look whole.
    """
    for number in numbers:
        with database.session() as session:
            data = read_result(session, batch_id, number)
        if data is None:
            raise BatchGone("the batch was deleted")
        yield data


def read_payload(session: Session, batch_id: str, number: int) -> bytes | None:
    """The rows of one chunk; None if the batch was deleted meanwhile."""
    wanted = select(BatchPayload.data).where(BatchPayload.batch_id == batch_id, BatchPayload.number == number)
    return session.scalar(wanted)
