"""What one record or section states twice must agree: else it is refused, for nothing could be made of it."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from schemas.inputs.faults import FaultMessage
from schemas.summary.derive import AGO, courses_complete, gaps, times_upper_limit
from schemas.summary.units import dimensions

HINT = "mend one of them, or leave it out"


def check_stopped(record: dict[str, Any]) -> None:
    """What goes on has not stopped.

    Raises: ValidationError at `stopped`.
    """
    if record.get("ongoing") and "stopped" in record and AGO.interval(record["stopped"]).lo > 0:
        raise ValidationError({"stopped": [FaultMessage("contradicts ongoing", HINT)]})


def check_multiple(record: dict[str, Any]) -> None:
    """The multiple of the upper limit fits the value and the limit.

    Raises: ValidationError at `times_upper_limit`.
    """
    derived, stated = times_upper_limit(record), record.get("times_upper_limit")
    if derived and stated and not dimensions()["ratio"].interval(stated).meet(derived):
        raise ValidationError({"times_upper_limit": [FaultMessage("contradicts value and upper_limit", HINT)]})


def check_gaps(section: dict[str, Any]) -> None:
    """The time since the course before fits the dates of the courses, where all are listed.

    Raises: ValidationError at `courses`.
    """
    if faults := dict(_gap_faults(section)):
        raise ValidationError({"courses": faults})


def _gap_faults(section: dict[str, Any]) -> Iterator[tuple[int, dict[str, list[FaultMessage]]]]:
    courses = section.get("courses", []) if courses_complete(section) else []
    for place, (course, gap) in enumerate(zip(courses, gaps(courses), strict=True)):
        if gap and "gap_before" in course and not dimensions()["time"].interval(course["gap_before"]).meet(gap):
            yield place, {"gap_before": [FaultMessage("contradicts the dates of the courses", HINT)]}
