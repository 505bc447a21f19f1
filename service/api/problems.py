"""Problem documents (RFC 9457): what is wrong with a request and where, never the value itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Response, g, json
from werkzeug.exceptions import HTTPException

from schemas.inputs.faults import Fault, faults_of
from service.dependencies import dependencies
from service.page.errors import error_page, wants_page

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 50
"""A list of thousands of errors helps nobody; `detail` gives their number."""

KINDS = {
    "upload-cut-short": (400, "The request body was incomplete"),
    "wrong-state": (409, "The current state of the batch does not allow this"),
    "malformed-json": (400, "The body is not valid JSON"),
    "key-missing-or-wrong": (401, "A valid API key is required"),
    "role-not-allowed": (403, "The role of this API key does not allow this"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "idempotency-key-reused": (409, "This Idempotency-Key was used for another request"),
    "trial-changed": (409, "The trial was changed in the meantime"),
    "body-too-large": (413, "The body is too large"),
    "wrong-content-type": (415, "Content type not accepted"),
    "invalid-input": (422, "The input has errors"),
    "internal-error": (500, "Internal error"),
    "unavailable": (503, "Temporarily unavailable"),
    "storage-full": (507, "The database is full"),
}
"""Every kind of problem with its status and title. The kind is the last part of the document's `type`."""

KIND_OF_STATUS = {status: kind for kind, (status, _) in KINDS.items()}

LOCATIONS = {"headers": "header", "query": "query"}
"""The locations of webargs, under the names that problem documents use."""

DETAILS = {
    401: "Send the key of your site in the header X-API-Key.",
    403: "Ask the administrator of your site for a key with another role.",
    404: "The address is wrong, or your site has no entry with this id.",
    405: "The header Allow lists the methods of this address.",
    413: "Send fewer or smaller records; the documentation gives the limit.",
    500: "No data is known to be lost. Report the request id.",
}

OPTIONAL_KEYS = ("hint", "file", "line")
"""Attributes of a fault that its error object has only if they are set."""


@dataclass
class Problem(Exception):
    """A request that cannot be fulfilled. `location` says where its faults are: body, query, header or path."""

    kind: str
    detail: str
    faults: tuple[Fault, ...] = ()
    location: str = "body"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the problem document."""
        status, title = KINDS[self.kind]
        body = {"type": f"urn:trialmatch:problem:{self.kind}", "title": title, "status": status}
        return problem_response(body | {"detail": self.detail} | _errors(self.faults, self.location), self.headers)


def _errors(faults: tuple[Fault, ...], location: str) -> dict[str, object]:
    if not faults:
        return {}
    return {"errors": [_error(fault, location) for fault in faults[:MAX_ERRORS]]}


def _error(fault: Fault, location: str) -> dict[str, object]:
    out: dict[str, object] = {"in": location, "path": fault.path or "$", "detail": fault.message}
    return out | {key: value for key in OPTIONAL_KEYS if (value := getattr(fault, key)) is not None}


def problem_response(body: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    """Return a problem body with the request id: as JSON, or as a page if a browser asked."""
    if wants_page():
        return error_page(int(str(body["status"])), str(body["title"]), str(body["detail"]), headers)
    text = json.dumps({**body, "request_id": g.get("request_id", "")})
    return Response(text, int(str(body["status"])), {**headers, "Content-Type": MEDIA_TYPE})


def http_problem(error: HTTPException) -> Response:
    """Return an exception of Flask, werkzeug or webargs as a problem document."""
    status = error.code or 500
    if status == 422 and (messages := getattr(error, "data", {}).get("messages")):
        location, found = next(iter(messages.items()))
        return invalid("invalid-input", faults_of(found), LOCATIONS[location]).response()
    phrase = HTTPStatus(status).phrase
    kind = KIND_OF_STATUS.get(status)
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if kind is None:
        body = {"type": "about:blank", "title": phrase, "status": status, "detail": f"{phrase}."}
        return problem_response(body, headers)
    return Problem(kind, DETAILS.get(status, f"{phrase}."), headers=headers).response()


def invalid(kind: str, faults: Iterable[Fault], location: str = "body") -> Problem:
    """Return a problem that lists these faults."""
    found = tuple(faults)
    count = "1 value is" if len(found) == 1 else f"{len(found)} values are"
    return Problem(kind, f"{count} invalid; see errors.", found, location)


def wrong_header(name: str, message: str, hint: str) -> Problem:
    """Return the problem of a body whose type or encoding is not accepted."""
    return invalid("wrong-content-type", [Fault(name, message, hint)], "header")


def not_found() -> Problem:
    """Return the problem of an id that the site does not have."""
    return Problem("not-found", DETAILS[404])


def unavailable(detail: str) -> Problem:
    """Return the problem of a database or queue that does not answer; the client may retry."""
    return Problem("unavailable", detail, headers=_retry_later())


def storage_full() -> Problem:
    """Return the problem of a database without room."""
    detail = "Nothing was stored. Tell the administrator, or delete batches."
    return Problem("storage-full", detail, headers=_retry_later())


def _retry_later() -> dict[str, str]:
    return {"Retry-After": str(dependencies().settings.retry_after_seconds)}
