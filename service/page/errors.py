"""Error pages for browsers, and faults in words; programs get problem documents (service/api/problems.py)."""

from collections.abc import Mapping

from flask import Response, g, make_response, render_template, request

from schemas.inputs.faults import Fault
from service.page.access import signed_in
from service.page.formats import capital
from storage.errors import StorageUnavailable

ERROR_TEXTS = {
    403: ("No access", "Your account cannot open this page. An administrator of your site can change that."),
    404: ("Not found", "The address is wrong, or your site has nothing here. It may have been deleted."),
    405: ("Page not available", "This address cannot be opened directly. Go back and use the form."),
    413: ("Too large", "The upload is larger than this service accepts."),
    503: (
        "Temporarily unavailable",
        "Part of the service is not responding. Saved data is safe. Please try again in a moment.",
    ),
}
"""Title and text by status; other errors bring their own."""

EXPIRED_FORM = (
    "The form has expired",
    "It was loaded too long ago, or cookies are disabled. Go back and load the form again.",
)


def wants_page() -> bool:
    """Whether the client is a browser: clients of the API do not accept HTML."""
    return "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")


def error_page(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Render the page of an error."""
    _load_account(status)
    title, detail = ERROR_TEXTS.get(status, (title, detail))
    page = render_template("error.html", status=status, title=title, detail=detail, request_id=g.get("request_id", ""))
    response = make_response(page, status)
    response.headers.update(headers or {})
    return response


def _load_account(status: int) -> None:
    """Load the account for the page head; after a server error show none, as the database may have failed."""
    if status >= 500:
        g.signed_in = None
    try:
        signed_in()
    except StorageUnavailable:
        g.signed_in = None


def expired_form(_: Exception) -> Response:
    """Render the page for a missing or wrong CSRF token."""
    title, detail = EXPIRED_FORM
    return error_page(400, title, detail)


def fault_text(fault: Fault) -> str:
    """A fault as one or two sentences for readers: the message, then the hint."""
    return " ".join(_sentence(part) for part in (fault.message, fault.hint) if part)


def _sentence(text: str) -> str:
    return capital(text) if text.endswith((".", "?", "!")) else f"{capital(text)}."
