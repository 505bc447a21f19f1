"""A registry's file that is wholly here and not yet begun: somebody still says how it is to be read."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from storage.batches.tables import Batch
from storage.column_types import Json, now


def open_draft(session: Session, site_id: str, batch_id: str) -> Json | None:
    """How the file is to be read so far; None if the site has no such draft. Looking at it keeps it alive."""
    waits = (Batch.id == batch_id, Batch.site_id == site_id, Batch.state == "receiving")
    found: Json | None = session.scalar(update(Batch).where(*waits).values(touched_at=now()).returning(Batch.options))
    return found


def set_draft_options(session: Session, site_id: str, batch_id: str, options: Mapping[str, Any]) -> bool:
    """Read the file in another way; False if it was begun or given up meanwhile."""
    waits = (Batch.id == batch_id, Batch.site_id == site_id, Batch.state == "receiving")
    changed = update(Batch).where(*waits).values(options=dict(options), touched_at=now()).returning(Batch.id)
    return session.scalar(changed) is not None
