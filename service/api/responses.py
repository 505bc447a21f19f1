"""Responses that several routes share: a page of a list, a file to download, an empty answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

from flask import Response, url_for
from sqlalchemy.orm import Session

from service.dependencies import dependencies
from service.security.authentication import principal

View = TypeVar("View")
FindPage = Callable[[Session, str, int, str | None], Sequence[View]]
"""Returns at most this many entries of a site, those after the entry of this id."""


def list_page(
    page: Mapping[str, Any], endpoint: str, find: FindPage[View], id_of: Callable[[View], str]
) -> tuple[Sequence[View], str | None]:
    """Return the entries that a PageQuery asks for, and the address of the next page if there are more."""
    limit = page["limit"]
    with dependencies().database.session() as session:
        found = find(session, principal().site_id, limit + 1, page.get("after"))
    shown = found[:limit]
    return shown, url_for(endpoint, limit=limit, after=id_of(shown[-1])) if len(found) > limit else None


def stream_file(
    parts: Iterator[bytes], media_type: str, name: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a download. Its first part is computed now, while an error can still be answered as a problem."""
    started = chain([next(parts, b"")], parts)
    return Response(started, mimetype=media_type, headers={**attachment(name), **(headers or {})})


def attachment(name: str) -> dict[str, str]:
    """Return the header that makes a browser save the response under this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def no_content() -> Response:
    """Return an empty response."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response
