"""A list of what a site has, page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from flask import url_for
from sqlalchemy.orm import Session

from service.dependencies import dependencies
from service.security.authentication import principal

View = TypeVar("View")
Find = Callable[[Session, str, int, str | None], Sequence[View]]
"""So many of a site's, behind the one of this id."""


def listed(
    page: Mapping[str, Any], endpoint: str, find: Find[View], id_of: Callable[[View], str]
) -> tuple[Sequence[View], str | None]:
    """Those of the page that was asked for, and the address of the next page, if there is one."""
    limit = page["limit"]
    with dependencies().database.session() as session:
        found = find(session, principal().site_id, limit + 1, page.get("after"))
    shown = found[:limit]
    return shown, url_for(endpoint, limit=limit, after=id_of(shown[-1])) if len(found) > limit else None
