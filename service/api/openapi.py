"""Builds the OpenAPI 3.1 document from the declared facts and the payloads."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask_smorest
from flask import Response
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from schemas.summary.fields import FactField, VersionField
from schemas.summary.sections import MAX_RECORDS, RecordsField
from service.api.payloads.parameters import WholeNumber
from service.api.payloads.problems import ProblemSchema
from service.api.problems import KIND_OF_STATUS, MEDIA_TYPE, http_problem

TITLE = "trialmatch"
DESCRIPTION = (
    "Pre-screens de-identified thyroid-cancer patients for clinical trials and gives the reasons. "
    "This is a pre-screening aid: the investigator decides on eligibility."
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
    """flask-smorest's Api that answers problem documents and describes declared facts."""

    # Each route documents its own problems: a default would hide a forgotten problem.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(**options)
        self._register_field(WholeNumber, "integer", None)
        self.ma_plugin.converter.add_attribute_function(fact_properties)

    def describe(self, schema: type[Schema]) -> None:
        """Add a schema to the document if no route has added it."""
        if component_name(schema) not in self.spec.components.schemas:
            self.spec.components.schema(component_name(schema), schema=schema)

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Overridden: the parent's body is not a problem document."""
        return http_problem(error)

    def _register_responses(self) -> None:
        """Overridden: the parent documents its own error body as application/json."""
        for status in HTTPStatus:
            if status in KIND_OF_STATUS:
                content = {MEDIA_TYPE: {"schema": ProblemSchema}}
                headers = {"Retry-After": {"schema": {"type": "integer"}, "required": True}} if status == 503 else {}
                body = {"description": status.phrase, "content": content, "headers": headers}
                self.spec.components.response(status.name, body, lazy=True)


def component_name(schema: type[Schema]) -> str:
    """Return the name of the schema in the document."""
    return schema.__name__.removesuffix("Schema")


def fact_properties(_converter: Any, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that apispec cannot derive from our own field types."""
    if isinstance(field, FactField | VersionField):
        return field.json_schema()
    if isinstance(field, RecordsField):
        record_or_text = {"anyOf": [ret["items"], {"type": "string", "maxLength": 200}]}
        return {"maxItems": MAX_RECORDS, "items": record_or_text if field.shorthand else ret["items"]}
    return {}


def json_schema(document: Mapping[str, Any], schema: type[Schema]) -> dict[str, Any]:
    """Return a component of the OpenAPI document as a self-contained JSON Schema."""
    name = component_name(schema)
    components: dict[str, Any] = document["components"]["schemas"]
    reachable = _reachable(components, name)
    definitions = {key: _local(components[key]) for key in sorted(reachable - {name})}
    return {"$schema": DIALECT, "title": name, **_local(components[name]), "$defs": definitions}


def _reachable(components: Mapping[str, Any], name: str) -> set[str]:
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
        return own + [name for child in part.values() for name in _references(child)]
    return [name for child in part for name in _references(child)] if isinstance(part, list) else []


def _local(part: Any) -> Any:
    """Return the part with its references pointing to `$defs`."""
    if isinstance(part, dict):
        local = {key: _local(child) for key, child in part.items()}
        if isinstance(part.get("$ref"), str):
            local["$ref"] = f"#/$defs/{part['$ref'].rpartition('/')[2]}"
        return local
    return [_local(child) for child in part] if isinstance(part, list) else part
