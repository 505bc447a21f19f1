"""Drafts of the account that is signed in."""

from typing import Any

from werkzeug.exceptions import NotFound

from service.dependencies import dependencies
from service.page.access import principal
from service.page.patients.form_model import REFERENCE
from storage import drafts


def create_draft(kind: str, body: dict[str, Any]) -> str:
    """Create a draft and return its id."""
    with dependencies().database.session() as session:
        return drafts.create_draft(session, principal().key_id, kind, body)


def read_draft(draft_id: str, kind: str) -> dict[str, Any]:
    """The body of a draft.

    Raises: NotFound also for a draft of another account.
    """
    with dependencies().database.session() as session:
        body = drafts.get_draft(session, principal().key_id, draft_id, kind)
    if body is None:
        raise NotFound
    return body


def save_draft(draft_id: str, body: dict[str, Any]) -> None:
    """Replace the body of a draft."""
    with dependencies().database.session() as session:
        drafts.save_draft(session, principal().key_id, draft_id, body)


def delete_draft(draft_id: str) -> None:
    """Delete a draft, if the account has it."""
    with dependencies().database.session() as session:
        drafts.delete_draft(session, principal().key_id, draft_id)


def list_drafts() -> list[dict[str, Any]]:
    """The drafts of the account, with the patient reference if one was typed."""
    with dependencies().database.session() as session:
        found = drafts.list_drafts(session, principal().key_id)
    return [
        {
            "id": draft.id,
            "kind": draft.kind,
            "reference": draft.body.get("typed", {}).get(REFERENCE, ""),
            "changed_at": draft.changed_at,
        }
        for draft in found
    ]
