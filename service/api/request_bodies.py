"""The body of a request, read so strictly that what follows meets only plain data."""

from typing import Any

from flask import request

from schemas.inputs.faults import Fault
from schemas.inputs.strict_json import NotJson, read_json
from service.api.problems import Problem, at_fault
from service.security.body_limits import whole_body


def json_body() -> Any:
    """The JSON of the present request.

    Raises: Problem for a wrong content type or what is no JSON; InputError for values that cannot be taken.
    """
    if request.mimetype != "application/json":
        raise _wrong_type("Content-Type", "must be application/json")
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise _wrong_type("Content-Type", "the charset must be utf-8, or left out")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _wrong_type("Content-Encoding", "must be left out: compressed bodies are not taken")
    try:
        return read_json(whole_body())
    except NotJson as error:
        raise at_fault("malformed-json", error.faults) from None


def _wrong_type(header: str, message: str) -> Problem:
    return at_fault("wrong-content-type", [Fault(header, message, "Content-Type: application/json")], "header")
