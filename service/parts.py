"""What a running service is made of, and how a view reaches it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from schemas.trials.library import Library
from service.actions.batch_totals import BatchTotals
from settings.configuration import Settings
from storage.database import Database

NAME = "trialmatch"


@dataclass(frozen=True)
class ServiceParts:
    """One application's own; nothing of it is global."""

    settings: Settings
    database: Database
    celery: Any
    library: Library
    totals: BatchTotals


def parts() -> ServiceParts:
    """Those of the application that answers the present request."""
    found: ServiceParts = current_app.extensions[NAME]
    return found
