"""The service: HTTP API, authentication, logs, metrics and the command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from settings.configuration import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The web application. Imported on use: the command line shares this package and should start at once."""
    from service.application import create_app as create

    return create(settings)
