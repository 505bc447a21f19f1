"""The audit log: who did what to which row; identifiers only, never patient data."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from settings.roles import Principal
from storage.models import AuditEvent, table_of


def record(session: Session, principal: Principal, action: str, object_id: str) -> None:
    """Log an action (`patient.submitted`, `trial.stored`, ...) of a key or account on the row with this id."""
    event = {"site_id": principal.site_id, "actor": principal.key_id, "action": action, "object_id": object_id}
    session.execute(_INSERT, event)


_INSERT = insert(table_of(AuditEvent))
