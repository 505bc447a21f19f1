"""Rejects a record or section that reports the same fact twice with values that contradict each other."""

from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError

from schemas.inputs.faults import FaultMessage
from schemas.summary.derive import AGO, courses_complete, gaps, times_upper_limit
from schemas.summary.fields import CORRECT_ONE
from schemas.summary.units import dimensions


def check_stopped(record: dict[str, Any]) -> None:
    """Check that ongoing treatment has no stop date.

    Raises: ValidationError at `stopped`.
    """
    if record.get("ongoing") and "stopped" in record and AGO.interval(record["stopped"]).lo > 0:
        raise ValidationError({"stopped": [FaultMessage("contradicts ongoing", CORRECT_ONE)]})


def check_multiple(record: dict[str, Any]) -> None:
    """Check that the multiple of the upper limit agrees with the value and the limit.

    Raises: ValidationError at `times_upper_limit`.
    """
    derived, reported = times_upper_limit(record), record.get("times_upper_limit")
    if derived and reported and not dimensions()["ratio"].interval(reported).meet(derived):
        raise ValidationError({"times_upper_limit": [FaultMessage("contradicts value and upper_limit", CORRECT_ONE)]})


def check_gaps(section: dict[str, Any]) -> None:
    """Check that the gap since the previous course agrees with the dates, where all courses are listed.

    Raises: ValidationError at `courses`.
    """
    if faults := dict(_gap_faults(section)):
        raise ValidationError({"courses": faults})


def _gap_faults(section: dict[str, Any]) -> Iterator[tuple[int, dict[str, list[FaultMessage]]]]:
    courses = section.get("courses", []) if courses_complete(section) else []
    for index, (course, gap) in enumerate(zip(courses, gaps(courses), strict=True)):
        if gap and "gap_before" in course and not dimensions()["time"].interval(course["gap_before"]).meet(gap):
            yield index, {"gap_before": [FaultMessage("contradicts the dates of the courses", CORRECT_ONE)]}
