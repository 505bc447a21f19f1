"""The results of a batch, read chunk by chunk so that memory does not grow with the batch."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from storage.batches.models import BatchChunk, BatchPayload, BatchResult
from storage.batches.progress import BatchView
from storage.database import Database
from storage.errors import BatchGone


def finished_chunks(session: Session, view: BatchView) -> list[int]:
    """Return the chunks whose result is of the latest round, in file order."""
    same = and_(BatchChunk.batch_id == BatchResult.batch_id, BatchChunk.number == BatchResult.number)
    wanted = select(BatchResult.number).join(BatchChunk, same).order_by(BatchResult.number)
    latest = (BatchResult.batch_id == view.batch_id, BatchResult.round == BatchChunk.round, BatchChunk.state == "done")
    return list(session.scalars(wanted.where(*latest)))


def read_result(session: Session, batch_id: str, number: int) -> bytes | None:
    """Return the result of a chunk, or None if the batch was deleted meanwhile."""
    wanted = select(BatchResult.data).where(BatchResult.batch_id == batch_id, BatchResult.number == number)
    return session.scalar(wanted)


def results_of(database: Database, batch_id: str, numbers: list[int]) -> Iterator[bytes]:
    """Yield the results of these chunks, each read in its own transaction: a slow reader keeps none open.

    Raises: StorageUnavailable; BatchGone when the batch is deleted meanwhile: a partial file must not look complete.
    """
    for number in numbers:
        with database.session() as session:
            data = read_result(session, batch_id, number)
        if data is None:
            raise BatchGone("the batch was deleted")
        yield data


def read_payload(session: Session, batch_id: str, number: int) -> bytes | None:
    """Return the rows of a chunk, or None if the batch was deleted meanwhile."""
    wanted = select(BatchPayload.data).where(BatchPayload.batch_id == batch_id, BatchPayload.number == number)
    return session.scalar(wanted)
