"""Holds what a running application works with, and gives views access to it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from schemas.trials.library import Library
from service.actions.batch_totals import BatchTotals
from settings.configuration import Settings
from storage.database import Database

EXTENSION = "trialmatch"
"""Key of the dependencies in `app.extensions`."""


@dataclass(frozen=True)
class Dependencies:
    """The settings, database, queue, library and caches of one application; none of them is global."""

    settings: Settings
    database: Database
    celery: Any
    library: Library
    totals: BatchTotals


def dependencies() -> Dependencies:
    """The dependencies of the application that handles the current request."""
    found: Dependencies = current_app.extensions[EXTENSION]
    return found
