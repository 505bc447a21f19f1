"""Attempts at a piece of work, and when it is given up: submissions, chunks, splits and re-screens all park here.

Attempts are counted in the database before the work, because an attempt that kills its process cannot count itself.
"""

from typing import Any

from sqlalchemy import ColumnElement, case, func

WORKER_LOST = "WorkerLost"
"""The error of work that was given up although no attempt reported an error: each lost its worker."""


def begin_attempt(
    row: Any, max_attempts: int, waiting: str, parked: str, attempts: ColumnElement[int] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the values that count one more attempt, or give the work up if it had `max_attempts` already.

    `row` is a table class with `attempts`, `error` and `state`; `attempts` replaces its column where the first
    attempt is not written down.
    """
    before = row.attempts if attempts is None else attempts
    is_last = before >= max_attempts
    return {
        "attempts": case((is_last, row.attempts), else_=before + 1),
        "state": case((is_last, parked), else_=waiting),
        "error": case((is_last, func.coalesce(row.error, WORKER_LOST)), else_=row.error),
    }


def fail_attempt(
    row: Any, max_attempts: int, waiting: str, parked: str, error_name: str, attempts: ColumnElement[int] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the values that note the class of an attempt's error, and give the work up if it was the last attempt."""
    is_last = (row.attempts if attempts is None else attempts) >= max_attempts
    return {"state": case((is_last, parked), else_=waiting), "error": error_name}


def release_attempt(row: Any) -> dict[str, Any]:
    """Return the values that take an attempt back: an outage is not the fault of the work."""
    return {"attempts": case((row.attempts > 0, row.attempts - 1), else_=0)}
