"""Derives facts that follow from reported ones, before a summary is encoded for the engines."""

from collections.abc import Callable
from typing import Any

from matching.interval import CONTINUOUS_STEP, Interval, on_grid
from schemas.summary.alteration import comparable_alteration
from schemas.summary.lab_units import check_unit
from schemas.summary.quantity import Quantity, read_quantity
from schemas.summary.quantity_fields import AgoField
from schemas.summary.units import dimensions
from schemas.summary.vocabulary import vocabularies

Record = dict[str, Any]
NOW = read_quantity("0 days")
AGO = AgoField("time")


def derive(patient: Record) -> Record:
    """A copy of the summary with the derived facts added."""
    out = dict(patient)
    for section, derive_section in SECTIONS.items():
        if section in out:
            out[section] = derive_section(out[section])
    for key, derive_record in RECORDS.items():
        if key in out:
            out[key] = [derive_record(record) for record in out[key]]
    return out


def _radioiodine(section: Record) -> Record:
    out = dict(section)
    courses = out.get("courses", [])
    if courses_complete(section):
        out["courses_complete"] = True
        out["courses"] = with_gaps(courses)
    if "last_scan" in out:
        out["scans"] = [*out.get("scans", []), out["last_scan"]]
    return out


def _genomics(section: Record) -> Record:
    inherited = tested_in_germline_only(section.get("tested", []))
    return section | {"variants": [_variant(variant, inherited) for variant in section.get("variants", [])]}


def tested_in_germline_only(tests: list[Record]) -> frozenset[str]:
    """The genes of which only germline DNA was tested: nothing is known of the tumour."""
    genes: dict[bool, set[str]] = {True: set(), False: set()}
    for test in tests:
        genes[test.get("specimen") == "germline"] |= _leaves(test["gene"])
    return frozenset(genes[True] - genes[False])


def _leaves(gene: str) -> frozenset[str]:
    terms = vocabularies()["gene"].terms
    return frozenset(code for code in vocabularies()["gene"].below([gene]) if not terms[code].group)


def _variant(record: Record, inherited: frozenset[str]) -> Record:
    if "origin" not in record and not inherited.isdisjoint(_leaves(record["gene"])):
        record = record | {"origin": "germline"}
    name = comparable_alteration(record)
    named = {key: value for key, value in record.items() if key != "alteration"}
    return named if name is None else named | {"alteration": name}


def courses_complete(section: Record) -> bool:
    """Whether the list of courses is complete: marked so, as long as the reported count, or radioiodine never given."""
    counted = _counted(section.get("number_of_courses"), section.get("courses", []))
    return bool(section.get("courses_complete")) or section.get("received") is False or counted


def _disease(section: Record) -> Record:
    out = dict(section)
    current = [lesion for lesion in out.get("lesions", []) if lesion.get("status", "current") == "current"]
    if _counted(out.get("number_of_lesions"), current):
        out["lesions_complete"] = True
    return out


def _counted(count: Quantity | None, listed: list[Record]) -> bool:
    """Whether the reported count is exactly the number of listed records."""
    return count is not None and count.lower == count.upper == len(listed)


def with_gaps(courses: list[Record]) -> list[Record]:
    """The courses, each with the gap since the previous course, where the dates fix their order.

    Only for a complete list: a course that is not listed could lie in any gap.
    """
    return [course | _narrowed(course, "gap_before", gap) for course, gap in zip(courses, gaps(courses), strict=True)]


def gaps(courses: list[Record]) -> list[Interval | None]:
    """For each course the time since the previous course; None where another could lie in between."""
    if not all("given" in course for course in courses):
        return [None] * len(courses)
    given = [AGO.interval(course["given"]) for course in courses]
    return [_gap(time, given[:index] + given[index + 1 :]) for index, time in enumerate(given)]


def _gap(given: Interval, others: list[Interval]) -> Interval | None:
    """Time since the last of the surely earlier courses; two courses of the same day have no order."""
    earlier = [other for other in others if other.lo > given.hi]
    surely_later = [other for other in others if other.hi < given.lo]
    if not earlier or len(earlier) + len(surely_later) < len(others):
        return None
    last = Interval(min(other.lo for other in earlier), min(other.hi for other in earlier))
    return Interval(last.lo - given.hi, last.hi - given.lo)


def _therapy(record: Record) -> Record:
    return record | {"stopped": NOW} if record.get("ongoing") else record


def _lab(record: Record) -> Record:
    known = {key: check_unit(record, key) for key in ("value", "upper_limit")}
    canonical = {key: interval for key, interval in known.items() if interval is not None}
    return record | canonical | _narrowed(record, "times_upper_limit", times_upper_limit(record))


def times_upper_limit(record: Record) -> Interval | None:
    """The multiple of the upper limit, where a laboratory record reports both the value and the limit."""
    value, limit = check_unit(record, "value"), check_unit(record, "upper_limit")
    if value is None or limit is None or limit.lo <= 0:
        return None
    low, high = (on_grid(bound, CONTINUOUS_STEP) for bound in (value.lo / limit.hi, value.hi / limit.lo))
    return Interval(low, high)


def _narrowed(record: Record, key: str, derived: Interval | None) -> Record:
    """The intersection of the reported and the derived value. A contradiction is rejected when a summary is loaded."""
    if derived is None:
        return {}
    dimension = dimensions()["ratio" if key == "times_upper_limit" else "time"]
    reported = dimension.interval(record[key]) if key in record else dimension.possible
    return {key: reported.meet(derived) or reported}


SECTIONS: dict[str, Callable[[Record], Record]] = {
    "radioiodine": _radioiodine,
    "disease": _disease,
    "genomics": _genomics,
}
RECORDS: dict[str, Callable[[Record], Record]] = {
    "therapies": _therapy,
    "medications": _therapy,
    "labs": _lab,
}


def aliases_of(patient: Record) -> dict[str, str]:
    """The paths in the summary of records that derivation moved: the last scan becomes one of the scans."""
    section = patient.get("radioiodine", {})
    if "last_scan" not in section:
        return {}
    return {f"radioiodine.scans[{len(section.get('scans', []))}]": "radioiodine.last_scan"}
