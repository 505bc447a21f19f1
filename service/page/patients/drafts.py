"""Drafts of the one who is signed in."""

from typing import Any

from werkzeug.exceptions import NotFound

from service.dependencies import dependencies
from service.page.account.sessions import principal
from storage import drafts


def begin(kind: str, body: dict[str, Any]) -> str:
    """A new draft; its id."""
    with dependencies().database.session() as session:
        return drafts.create_draft(session, principal().key_id, kind, body)


def read(draft_id: str, kind: str) -> dict[str, Any]:
    """The body of a draft.

    Raises: NotFound for a draft of anybody else.
    """
    with dependencies().database.session() as session:
        body = drafts.get_draft(session, principal().key_id, draft_id, kind)
    if body is None:
        raise NotFound
    return body


def save(draft_id: str, body: dict[str, Any]) -> None:
    """Write a draft anew."""
    with dependencies().database.session() as session:
        drafts.save_draft(session, principal().key_id, draft_id, body)


def drop(draft_id: str) -> None:
    """Delete a draft, if it is there and one's own."""
    with dependencies().database.session() as session:
        drafts.delete_draft(session, principal().key_id, draft_id)


def mine() -> list[dict[str, Any]]:
    """Every draft, with the reference of its patient where that was typed."""
    with dependencies().database.session() as session:
        found = drafts.list_drafts(session, principal().key_id)
    return [
        {"id": one.id, "kind": one.kind, "ref": one.body.get("typed", {}).get("patient_ref", ""), "at": one.changed_at}
        for one in found
    ]
