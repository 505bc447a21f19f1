"""The web service: HTTP API, pages, authentication, logs and metrics."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from settings.configuration import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Create the web application. Its modules are imported here, so that the command line starts fast."""
    from service.application import create_app as create

    return create(settings)
