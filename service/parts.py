"""What a running service is made of, and how a view reaches it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from schemas.library import Library
from service.batch_totals import BatchTotals
from storage.database import Database
from storage.settings import Settings

NAME = "trialmatch"


@dataclass(frozen=True)
class Parts:
    """One application's own; nothing of it is global."""

    settings: Settings
    database: Database
    celery: Any
    library: Library
    totals: BatchTotals


def parts() -> Parts:
    """Those of the application that answers the present request."""
    found: Parts = current_app.extensions[NAME]
    return found
