"""The shapes of the ids in addresses: what has another shape is not found, and never reaches a query."""

from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter


class RowIdConverter(BaseConverter):
    """The id of a stored row."""

    regex = "[0-9a-f]{32}"


class TrialIdConverter(BaseConverter):
    """A registry's id of a trial, such as NCT02152995."""

    regex = "[A-Z]{2,6}[0-9][0-9-]{3,30}"


class NameConverter(BaseConverter):
    """The name of a vocabulary or schema."""

    regex = "[a-z][a-z0-9_-]{0,63}"


CONVERTERS = {"row_id": RowIdConverter, "trial_id": TrialIdConverter, "name": NameConverter}


def parameter_schema(converter: BaseConverter) -> dict[str, Any]:
    """How the OpenAPI document describes such an id."""
    return {"type": "string", "pattern": f"^{converter.regex}$"}


def register(app: Flask) -> None:
    """Let rules of the application name these converters."""
    app.url_map.converters.update(CONVERTERS)
