"""Problem documents (RFC 9457): what was wrong with a request, where, and never the value itself."""

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
"""A document of thousands of errors helps nobody; the rest is counted."""

KINDS = {
    "upload-cut-short": (400, "The body ended before its end"),
    "wrong-state": (409, "The batch is in a state in which this cannot be done"),
    "malformed-json": (400, "The body cannot be read as JSON"),
    "key-missing-or-wrong": (401, "A valid API key is needed"),
    "role-not-allowed": (403, "The role of this API key does not allow this"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This address does not take this method"),
    "idempotency-key-reused": (409, "This Idempotency-Key was used for another body"),
    "trial-changed": (409, "The trial was changed meanwhile"),
    "body-too-large": (413, "The body is too large"),
    "wrong-content-type": (415, "The body has a content type that is not taken here"),
    "invalid-input": (422, "The input is at fault"),
    "internal-error": (500, "The service failed"),
    "unavailable": (503, "The service cannot work just now"),
    "storage-full": (507, "The database has no room left"),
}
"""Every kind of problem: its status and title. The kind is the last part of the document's `type`."""

KIND_OF_STATUS = {status: kind for kind, (status, _) in KINDS.items()}

LOCATIONS = {"headers": "header", "query": "query"}
"""webargs' names of places, and ours."""

WORDS = {
    401: "Send the key of your site in the header X-API-Key.",
    403: "Ask the administrator of your site for a key with another role.",
    404: "The address is wrong, or nothing of your site has this id.",
    405: "The header Allow lists the methods of this address.",
    413: "Send fewer or smaller records; the limit is in the documentation.",
    500: "Nothing is known to be lost. Report the request id.",
}


@dataclass
class Problem(Exception):
    """A request that cannot be fulfilled. Faults lie in `location`: body, query, header or path."""

    kind: str
    detail: str
    faults: tuple[Fault, ...] = ()
    location: str = "body"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """The document."""
        status, title = KINDS[self.kind]
        body = {"type": f"urn:trialmatch:problem:{self.kind}", "title": title, "status": status}
        return document(body | {"detail": self.detail} | _errors(self.faults, self.location), self.headers)


def _errors(faults: tuple[Fault, ...], location: str) -> dict[str, object]:
    if not faults:
        return {}
    return {"errors": [_error(fault, location) for fault in faults[:MAX_ERRORS]]}


BESIDE = ("hint", "file", "line")


def _error(fault: Fault, location: str) -> dict[str, object]:
    out: dict[str, object] = {"in": location, "path": fault.path or "$", "detail": fault.message}
    return out | {key: value for key in BESIDE if (value := getattr(fault, key)) is not None}


def document(body: Mapping[str, object], headers: Mapping[str, str]) -> Response:
    """Any problem body as a response that names its request; as a page where a browser asked for one."""
    if wants_page():
        return error_page(int(str(body["status"])), str(body["title"]), str(body["detail"]), headers)
    text = json.dumps({**body, "request_id": g.get("request_id", "")})
    return Response(text, int(str(body["status"])), {**headers, "Content-Type": MEDIA_TYPE})


def at_fault(kind: str, faults: Iterable[Fault], location: str = "body") -> Problem:
    """A problem that its faults tell."""
    found = tuple(faults)
    count = "One value is" if len(found) == 1 else f"{len(found)} values are"
    return Problem(kind, f"{count} at fault; see errors.", found, location)


def unavailable(what: str) -> Problem:
    """Something the service needs does not answer."""
    return Problem("unavailable", what, headers={"Retry-After": str(dependencies().settings.retry_after_seconds)})


def of_http_exception(error: HTTPException) -> Response:
    """What Flask, werkzeug and webargs raise, as a problem document."""
    status = error.code or 500
    if status == 422 and (messages := getattr(error, "data", {}).get("messages")):
        source, found = next(iter(messages.items()))
        return at_fault("invalid-input", faults_of(found), LOCATIONS[source]).response()
    phrase = HTTPStatus(status).phrase
    kind = KIND_OF_STATUS.get(status)
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if kind is None:
        return document({"type": "about:blank", "title": phrase, "status": status, "detail": f"{phrase}."}, kept)
    return Problem(kind, WORDS.get(status, f"{phrase}."), headers=kept).response()


def storage_full() -> Problem:
    """There is no room for what was sent."""
    again = {"Retry-After": str(dependencies().settings.retry_after_seconds)}
    return Problem("storage-full", "Nothing was stored. Tell the administrator, or delete batches.", headers=again)
