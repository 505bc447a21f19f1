"""Drafts: what somebody has begun to write and not sent. Only their own account reads them, and not for ever."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from storage.column_types import Json, now
from storage.models import Draft

KEPT = timedelta(days=14)
"""What nobody touched for so long is deleted when the same account begins another: a draft may hold a note."""


def create_draft(session: Session, account_id: str, kind: str, body: Json) -> str:
    """A new draft; its id. The account's old ones go."""
    session.execute(delete(Draft).where(Draft.account_id == account_id, Draft.changed_at < now() - KEPT))
    draft = Draft(account_id=account_id, kind=kind, body=body)
    session.add(draft)
    session.flush()
    return draft.id


def get_draft(session: Session, account_id: str, draft_id: str, kind: str) -> Json | None:
    """The body of a draft; None if the account has no such draft of this kind."""
    mine = (Draft.id == draft_id, Draft.account_id == account_id, Draft.kind == kind)
    return session.scalar(select(Draft.body).where(*mine))


def save_draft(session: Session, account_id: str, draft_id: str, body: Json) -> bool:
    """Write a draft anew; False if the account has no such draft."""
    mine = (Draft.id == draft_id, Draft.account_id == account_id)
    saved = update(Draft).where(*mine).values(body=body, changed_at=now()).returning(Draft.id)
    return session.scalar(saved) is not None


def delete_draft(session: Session, account_id: str, draft_id: str) -> bool:
    """Delete a draft; False if the account has no such draft."""
    mine = (Draft.id == draft_id, Draft.account_id == account_id)
    return session.scalar(delete(Draft).where(*mine).returning(Draft.id)) is not None


def list_drafts(session: Session, account_id: str) -> Sequence[Draft]:
    """The drafts of an account, the last one first."""
    return session.scalars(select(Draft).where(Draft.account_id == account_id).order_by(Draft.changed_at.desc())).all()
