"""The text of a trial in a request: as YAML, or as JSON that holds the YAML."""

from flask import request
from marshmallow import Schema, fields

from schemas.inputs.faults import Fault, InputError
from schemas.inputs.strict_yaml import MAX_CHARACTERS
from service.api.problems import at_fault
from service.api.request_bodies import json_body
from service.security.body_limits import whole_body

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
"""The first is that of RFC 9512; the others were in use before it."""


class TrialTextSchema(Schema):
    """A trial as the text of its YAML file."""

    text = fields.String(required=True, metadata={"maxLength": MAX_CHARACTERS, "description": "the YAML file"})


BODY = {
    "required": True,
    # No schema of the YAML: to the document it is bytes, of which any may come.
    "content": {"application/yaml": {"schema": {}}, "application/json": {"schema": TrialTextSchema}},
}


def trial_text() -> str:
    """The YAML text of the present request.

    Raises: Problem for a wrong content type or what is no JSON; InputError for what is no text.
    """
    text = _decoded(whole_body()) if request.mimetype in YAML_TYPES else _from_json()
    if len(text) > MAX_CHARACTERS:
        raise InputError([Fault("text", f"longer than {MAX_CHARACTERS} characters")])
    return text


def _from_json() -> str:
    if request.mimetype != "application/json":
        hint = 'Content-Type: application/yaml, or application/json with {"text": ...}'
        raise at_fault("wrong-content-type", [Fault("Content-Type", "must be YAML or JSON", hint)], "header")
    body = json_body()
    if not isinstance(body, dict) or set(body) != {"text"} or not isinstance(body["text"], str):
        raise InputError([Fault("", "must be an object with `text`, the YAML file, and nothing else")])
    return str(body["text"])


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError([Fault("", "not UTF-8 text", "save it as UTF-8")]) from None
