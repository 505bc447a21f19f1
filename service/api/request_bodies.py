"""Reads request bodies strictly: JSON, the text of a trial as YAML or inside JSON, and registry files in parts."""

from collections.abc import Iterator
from typing import Any

from flask import request
from marshmallow import Schema, fields
from werkzeug.exceptions import RequestEntityTooLarge

from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_json import NotJson, read_json
from schemas.inputs.strict_yaml import MAX_CHARACTERS
from service.actions.upload_batch import read_parts
from service.api.problems import Problem, invalid, wrong_header
from service.security.body_limits import read_body

JSON_TYPE = "application/json"
YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
"""RFC 9512 registers the first; the others were in use before it."""


FILE_TYPES = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/octet-stream": None,
    "application/gzip": None,
    "application/zstd": None,
}
"""Content types of registry files and the format that each names. Source: the IANA registry of media types."""

FILE_BODY = {
    "required": True,
    "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in FILE_TYPES},
}
FILE_ENCODINGS = ("identity", "gzip", "zstd")
INCOMPLETE = Problem(
    "upload-cut-short", "The file did not arrive completely, and nothing of it is kept. Send it again."
)


class TrialTextSchema(Schema):
    """A trial as the text of its YAML file."""

    text = fields.String(required=True, metadata={"maxLength": MAX_CHARACTERS, "description": "the YAML file"})


TRIAL_BODY = {
    "required": True,
    # No schema for YAML: OpenAPI treats it as bytes.
    "content": {YAML_TYPES[0]: {"schema": {}}, JSON_TYPE: {"schema": TrialTextSchema}},
}


def json_body() -> Any:
    """Return the JSON body of the current request.

    Raises: Problem for a wrong content type or a body that is not JSON; InputError for values that are not allowed.
    """
    hint = f"Content-Type: {JSON_TYPE}"
    if request.mimetype != JSON_TYPE:
        raise wrong_header("Content-Type", f"must be {JSON_TYPE}", hint)
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise wrong_header("Content-Type", "the charset must be utf-8, or omitted", hint)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise wrong_header("Content-Encoding", "must be omitted: compressed bodies are not accepted", hint)
    try:
        return read_json(read_body())
    except NotJson as error:
        raise invalid("malformed-json", error.faults) from None


def trial_text() -> str:
    """Return the YAML text of the trial in the current request.

    Raises: Problem for a wrong content type or a body that is not JSON; InputError for a body without valid text.
    """
    text = _decode(read_body()) if request.mimetype in YAML_TYPES else _text_in_json()
    if len(text) > MAX_CHARACTERS:
        raise InputError([Fault("text", f"longer than {MAX_CHARACTERS} characters")])
    return text


def _text_in_json() -> str:
    if request.mimetype != JSON_TYPE:
        hint = f'Content-Type: {YAML_TYPES[0]}, or {JSON_TYPE} with {{"text": ...}}'
        raise wrong_header("Content-Type", "must be YAML or JSON", hint)
    body = json_body()
    if not isinstance(body, dict) or set(body) != {"text"} or not isinstance(body["text"], str):
        raise InputError([Fault("", "must be an object with only the key `text`, the YAML file as a string")])
    return str(body["text"])


def _decode(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError([Fault("", "not UTF-8 text", "save the file as UTF-8")]) from None


def file_format() -> str | None:
    """Return the file format that the Content-Type names; None if it names none.

    Raises: Problem for a content type or encoding that is not accepted.
    """
    if request.mimetype not in FILE_TYPES:
        raise wrong_header("Content-Type", "not a type of a registry file", f"one of {', '.join(FILE_TYPES)}")
    if request.headers.get("Content-Encoding", "identity").lower() not in FILE_ENCODINGS:
        raise wrong_header("Content-Encoding", "must be gzip, zstd, or omitted", "Content-Encoding: gzip")
    return FILE_TYPES[request.mimetype]


def file_parts(max_bytes: int) -> Iterator[bytes]:
    """Yield the body of the current request in parts, so that no request holds a whole file in memory.

    Raises: RequestEntityTooLarge; Problem when the client hangs up.
    """
    # One byte more, so that werkzeug does not cut off a file of exactly this size.
    request.max_content_length = max_bytes + 1
    total = 0
    for part in read_parts(_read_stream):
        total += len(part)
        if total > max_bytes:
            raise RequestEntityTooLarge
        yield part
    if request.content_length is not None and total < request.content_length:
        raise INCOMPLETE


def _read_stream(size: int) -> bytes:
    try:
        return request.stream.read(size)
    except RequestEntityTooLarge:
        raise
    except Exception:  # servers raise different errors for a client that is gone
        raise INCOMPLETE from None
