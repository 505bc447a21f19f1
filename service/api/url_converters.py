"""URL converters for ids in addresses: an id of another form answers 404 and never reaches a query."""

from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter

from schemas.trials.trial_schema import TRIAL_ID

ROW_ID = "[0-9a-f]{32}"


class RowIdConverter(BaseConverter):
    """The id of a stored row."""

    regex = ROW_ID


class TrialIdConverter(BaseConverter):
    """The id of a trial at ClinicalTrials.gov or a similar registry, such as NCT02152995."""

    regex = TRIAL_ID


class NameConverter(BaseConverter):
    """The name of a vocabulary or schema."""

    regex = "[a-z][a-z0-9_-]{0,63}"


CONVERTERS = {"row_id": RowIdConverter, "trial_id": TrialIdConverter, "name": NameConverter}


def parameter_schema(converter: BaseConverter) -> dict[str, Any]:
    """Return the OpenAPI schema of such an id."""
    return {"type": "string", "pattern": f"^{converter.regex}$"}


def register(app: Flask) -> None:
    """Make the converters available to the rules of the application."""
    app.url_map.converters.update(CONVERTERS)
