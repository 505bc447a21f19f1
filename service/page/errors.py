"""What a person sees when a page cannot be shown; programs get problem documents (service/api/problems.py)."""

from collections.abc import Mapping

from flask import Response, g, make_response, render_template, request

from service.page.account.sessions import signed_in
from storage.errors import StorageUnavailable

WORDS = {
    403: ("Not for your role", "Your account may not see this page. An administrator of your site can change that."),
    404: ("Nothing here", "The address is wrong, or nothing of your site has this id. It may have been deleted."),
    405: ("Not this way", "This address is no page of its own. Go back and use the form."),
    413: ("Too large", "What was sent is larger than this service takes."),
    503: ("Not just now", "Part of the service does not answer. What was stored is safe; try again in a moment."),
}
STALE = (
    "The form is out of date",
    "It was loaded too long ago, or cookies are switched off. Go back and load it again.",
)


def wants_page() -> bool:
    """Whether a browser asked: it names HTML, which no client of the API does without being a browser."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def error_page(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """The page of an error."""
    _know_who_asks(status)
    title, detail = WORDS.get(status, (title, detail))
    page = render_template("error.html", status=status, title=title, detail=detail, request_id=g.get("request_id", ""))
    response = make_response(page, status)
    response.headers.update(headers or {})
    return response


def _know_who_asks(status: int) -> None:
    """For the head of the page. What failed may be the database that knows it."""
    if status >= 500:
        g.signed_in = None
    try:
        signed_in()
    except StorageUnavailable:
        g.signed_in = None


def stale_form(_: Exception) -> Response:
    """The token against forged forms was missing or wrong."""
    title, detail = STALE
    return error_page(400, title, detail)
