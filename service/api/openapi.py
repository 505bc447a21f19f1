"""The OpenAPI 3.1 document, derived from the declared facts and the payloads."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Response
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from schemas.summary.fields import FactField, VersionField
from schemas.summary.sections import MAX_RECORDS, RecordsField
from service.api.payloads.general import ProblemSchema, WholeNumber
from service.api.problems import KIND_OF_STATUS, MEDIA_TYPE, of_http_exception

TITLE = "trialmatch"
DESCRIPTION = (
    "Pre-screens de-identified thyroid-cancer patients for clinical trials and gives the reasons. "
    "A pre-screening aid: the investigator decides on eligibility."
)
CONFIG = {
    "API_TITLE": TITLE,
    "API_VERSION": "1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api/v1",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    },
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class OpenApi(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, answering problem documents and describing declared facts."""

    # Each address documents its own problems: a default would hide one that was forgotten.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self._register_field(WholeNumber, "integer", None)
        self.ma_plugin.converter.add_attribute_function(fact_properties)

    def describe(self, schema: type[Schema]) -> None:
        """Put a schema into the document that no address may have put there."""
        if component(schema) not in self.spec.components.schemas:
            self.spec.components.schema(component(schema), schema=schema)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Overridden: the parent's body is no problem document."""
        return of_http_exception(error)

    def _register_responses(self) -> None:
        """Overridden: the parent documents its own error body as application/json."""
        for status in HTTPStatus:
            if status in KIND_OF_STATUS:
                content = {MEDIA_TYPE: {"schema": ProblemSchema}}
                headers = {"Retry-After": {"schema": {"type": "integer"}, "required": True}} if status == 503 else {}
                body = {"description": status.phrase, "content": content, "headers": headers}
                self.spec.components.response(status.name, body, lazy=True)


def component(schema: type[Schema]) -> str:
    """The name of the schema in the document."""
    return schema.__name__.removesuffix("Schema")


def fact_properties(_converter: Any, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """What apispec cannot know of our own field types."""
    if isinstance(field, FactField | VersionField):
        return field.json_schema()
    if isinstance(field, RecordsField):
        either = {"anyOf": [ret["items"], {"type": "string", "maxLength": 200}]}
        return {"maxItems": MAX_RECORDS, "items": either if field.shorthand else ret["items"]}
    return {}


def json_schema(document: Mapping[str, Any], schema: type[Schema]) -> dict[str, Any]:
    """One component of the OpenAPI document as a JSON Schema that stands alone."""
    name = component(schema)
    components: dict[str, Any] = document["components"]["schemas"]
    reached = _reached(components, name)
    definitions = {key: _local(components[key]) for key in sorted(reached - {name})}
    return {"$schema": DIALECT, "title": name, **_local(components[name]), "$defs": definitions}


def _reached(components: Mapping[str, Any], name: str) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(_references(components[key]))
    return seen


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if isinstance(part.get("$ref"), str) else []
        return own + [name for below in part.values() for name in _references(below)]
    return [name for below in part for name in _references(below)] if isinstance(part, list) else []


def _local(part: Any) -> Any:
    """The same part, referring to its own definitions."""
    if isinstance(part, dict):
        moved = {key: _local(below) for key, below in part.items()}
        if isinstance(part.get("$ref"), str):
            moved["$ref"] = f"#/$defs/{part['$ref'].rpartition('/')[2]}"
        return moved
    return [_local(below) for below in part] if isinstance(part, list) else part
