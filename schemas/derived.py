"""Facts that follow from others, completed before a summary becomes columns."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from matching.interval import CONTINUOUS_STEP, Interval, on_grid
from schemas.fields import Ago
from schemas.measured import check_unit
from schemas.quantity import Quantity as Written
from schemas.quantity import read_quantity
from schemas.units import dimensions

Record = dict[str, Any]
NOW = read_quantity("0 days")
AGO = Ago("time")


def derive(patient: Record) -> Record:
    """A copy in which the facts that follow from the stated ones are stated too."""
    out = dict(patient)
    for section, complete in SECTIONS.items():
        if section in out:
            out[section] = complete(out[section])
    for key, complete_record in RECORDS.items():
        if key in out:
            out[key] = [complete_record(record) for record in out[key]]
    return out


def _radioiodine(section: Record) -> Record:
    out = dict(section)
    courses = out.get("courses", [])
    if out.get("received") is False or _counted(out.get("number_of_courses"), courses):
        out["courses_complete"] = True
    if out.get("courses_complete") and courses:
        out["courses"] = spaced(courses)
    if "last_scan" in out:
        out["scans"] = [*out.get("scans", []), out["last_scan"]]
    return out


def _disease(section: Record) -> Record:
    out = dict(section)
    lesions = out.get("lesions", [])
    if _counted(out.get("number_of_lesions"), lesions):
        out["lesions_complete"] = True
    return out


def _counted(stated: Written | None, listed: list[Record]) -> bool:
    """Whether the stated number of things is just the number listed."""
    return stated is not None and stated.lower == stated.upper == len(listed)


def spaced(courses: list[Record]) -> list[Record]:
    """The courses with the gap to the one before, where the dates leave no doubt of their order.

    Only for a complete list: a course that nobody listed could lie in any gap.
    """
    dated = [(AGO.interval(course["given"]), place) for place, course in enumerate(courses) if "given" in course]
    if len(dated) < len(courses):
        return courses
    dated.sort(key=lambda pair: (-pair[0].lo, -pair[0].hi))
    out = [dict(course) for course in courses]
    for (earlier, _), (later, place) in pairwise(dated):
        if later.hi <= earlier.lo:
            out[place].setdefault("gap_before", Interval(earlier.lo - later.hi, earlier.hi - later.lo))
    return out


def _therapy(record: Record) -> Record:
    return record | {"stopped": NOW} if record.get("ongoing") else record


def _lab(record: Record) -> Record:
    out = dict(record)
    value, limit = check_unit(out, "value"), check_unit(out, "upper_limit")
    if value is not None:
        out["value"] = value
    if limit is not None:
        out["upper_limit"] = limit
    if value is not None and limit is not None and limit.lo > 0:
        possible = dimensions()["ratio"].possible
        low, high = (on_grid(bound, CONTINUOUS_STEP) for bound in (value.lo / limit.hi, value.hi / limit.lo))
        out.setdefault("times_upper_limit", Interval(low, high).meet(possible) or possible)
    return out


SECTIONS: dict[str, Callable[[Record], Record]] = {
    "radioiodine": _radioiodine,
    "disease": _disease,
}
RECORDS: dict[str, Callable[[Record], Record]] = {
    "therapies": _therapy,
    "medications": _therapy,
    "labs": _lab,
}
