"""Drafts: unfinished submissions of the page. Only their own account reads them, and they expire."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from storage.models import Draft, Json, now

DRAFT_LIFETIME = timedelta(days=14)
"""A draft that was not changed for this long is deleted when its account creates another: it may contain a note."""


def create_draft(session: Session, account_id: str, kind: str, body: Json) -> str:
    """Create a draft, delete the expired drafts of the account, and return the id."""
    session.execute(delete(Draft).where(Draft.account_id == account_id, Draft.changed_at < now() - DRAFT_LIFETIME))
    draft = Draft(account_id=account_id, kind=kind, body=body)
    session.add(draft)
    session.flush()
    return draft.id


def get_draft(session: Session, account_id: str, draft_id: str, kind: str) -> Json | None:
    """Return the body of a draft, or None if the account has no such draft of this kind."""
    wanted = (Draft.id == draft_id, Draft.account_id == account_id, Draft.kind == kind)
    return session.scalar(select(Draft.body).where(*wanted))


def save_draft(session: Session, account_id: str, draft_id: str, body: Json) -> bool:
    """Overwrite a draft; return False if the account has no such draft."""
    wanted = (Draft.id == draft_id, Draft.account_id == account_id)
    saved = update(Draft).where(*wanted).values(body=body, changed_at=now()).returning(Draft.id)
    return session.scalar(saved) is not None


def delete_draft(session: Session, account_id: str, draft_id: str) -> bool:
    """Delete a draft; return False if the account has no such draft."""
    wanted = (Draft.id == draft_id, Draft.account_id == account_id)
    return session.scalar(delete(Draft).where(*wanted).returning(Draft.id)) is not None


def list_drafts(session: Session, account_id: str) -> Sequence[Draft]:
    """Return the drafts of an account, newest first."""
    return session.scalars(select(Draft).where(Draft.account_id == account_id).order_by(Draft.changed_at.desc())).all()
