"""`prior_radioiodine`, `radioiodine_uptake` and `judged_refractory`: treatment, uptake, reported judgement."""

from typing import Any

from marshmallow import fields

from matching import nodes as c
from schemas.criteria.kind_fields import CodesField, FlagField, RangeField
from schemas.criteria.language import CriterionContext, Kind
from schemas.criteria.node_builders import all_of, among, any_of, fact_is, fact_within, within
from schemas.summary.combined_facts import (
    CUMULATIVE_ACTIVITY,
    NUMBER_OF_COURSES,
    RADIOIODINE_RECEIVED,
    SINCE_LAST_COURSE,
)
from schemas.summary.combined_facts import courses as courses_where
from schemas.summary.fields import field_error
from schemas.summary.units import dimensions

COURSES, SCANS, LAST_SCAN = "radioiodine.courses", "radioiodine.scans", "radioiodine.last_scan"
COURSE_RANGE_FIELDS = ("activity", "given", "gap_before", "progressed_after")
COURSE_CODE_FIELDS = ("intent", "uptake", "response")


class CourseFilter(Kind):
    """Properties that a single course must have."""

    activity = RangeField("activity", "activity of the course")
    given = RangeField("time", "time since the course")
    gap_before = RangeField("time", "time since the previous course")
    progressed_after = RangeField("time", "time from the course to progression")
    intent = CodesField("rai_intent", "intents")
    uptake = CodesField("uptake", "uptake after the course")
    response = CodesField("response", "best response")


class PriorRadioiodineCriterion(Kind):
    """Radioiodine was given: how much, how often, how long ago.

    With `course`, at least one course has these properties, or as many as `courses` requires.
    """

    name = "prior_radioiodine"
    received = FlagField()
    or_unsuitable = FlagField()
    unsuitable = FlagField()
    courses = RangeField("count", "number of courses")
    cumulative_activity = RangeField("activity", "cumulative activity")
    last_course = RangeField("time", "time since the last course")
    course = fields.Nested(CourseFilter)
    uptake_lost = FlagField()

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts = _parts(given)
        if not parts:
            raise field_error("needs received, courses, cumulative_activity, last_course or course")
        asked = all_of(parts)
        return any_of([asked, c.IsYes("radioiodine.unsuitable")]) if given.get("or_unsuitable") else asked


def _parts(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = []
    if "received" in given:
        parts.append(RADIOIODINE_RECEIVED if given["received"] else c.Not(RADIOIODINE_RECEIVED))
    if "cumulative_activity" in given:
        parts.append(within(CUMULATIVE_ACTIVITY, given["cumulative_activity"], dimensions()["activity"]))
    if "last_course" in given:
        parts.append(within(SINCE_LAST_COURSE, given["last_course"], dimensions()["time"]))
    if "unsuitable" in given:
        parts.append(fact_is("radioiodine.unsuitable", given["unsuitable"]))
    if "uptake_lost" in given:
        parts.append(fact_is("radioiodine.uptake_lost", given["uptake_lost"]))
    if "course" in given:
        parts.append(_matching_course(given))
    elif "courses" in given:
        parts.append(within(NUMBER_OF_COURSES, given["courses"], dimensions()["count"]))
    return parts


def _matching_course(given: dict[str, Any]) -> c.TruthNode:
    course = given["course"]
    where = [fact_within(f"{COURSES}.{key}", course[key]) for key in COURSE_RANGE_FIELDS if key in course]
    where += [among(f"{COURSES}.{key}", course[key]) for key in COURSE_CODE_FIELDS if key in course]  # type: ignore[misc]
    matching = courses_where(all_of(where))
    if "courses" in given:
        return within(c.Count(matching), given["courses"], dimensions()["count"])
    return c.Exists(matching)


class RadioiodineUptakeCriterion(Kind):
    """A scan, or the scan after a course, showed this uptake. With `last`, only the last scan counts."""

    name = "radioiodine_uptake"
    uptake = CodesField("uptake", "uptake on the scan", required=True)
    scan = CodesField("scan_kind", "accepted kinds of scan; all if omitted")
    done = RangeField("time", "time since the scan")
    tsh = RangeField("tsh", "TSH at the scan")
    low_iodine_diet = FlagField()
    last = FlagField("only the last scan counts")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        if given.get("last"):
            return all_of(_scan_conditions(given, LAST_SCAN))
        sources = [c.Exists(c.Records(SCANS, all_of(_scan_conditions(given, SCANS))))]
        prepared = "tsh" in given or "low_iodine_diet" in given
        if not prepared and "post_therapy" in given.get("scan", ["post_therapy"]):
            sources.append(c.Exists(courses_where(all_of(_after_course(given)))))
        return any_of(sources)


def _scan_conditions(given: dict[str, Any], section: str) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = [among(f"{section}.uptake", given["uptake"])]
    if "scan" in given:
        parts.append(among(f"{section}.kind", given["scan"]))
    parts += [fact_within(f"{section}.{key}", given[key]) for key in ("done", "tsh") if key in given]
    if "low_iodine_diet" in given:
        parts.append(fact_is(f"{section}.low_iodine_diet", given["low_iodine_diet"]))
    return parts


def _after_course(given: dict[str, Any]) -> list[c.TruthNode]:
    parts: list[c.TruthNode] = [among(f"{COURSES}.uptake", given["uptake"])]
    if "done" in given:
        parts.append(fact_within(f"{COURSES}.given", given["done"]))
    return parts


class JudgedRefractoryCriterion(Kind):
    """A clinician or board judged the disease radioiodine-refractory, regardless of the scans."""

    name = "judged_refractory"
    by = CodesField("judge", "whose judgement counts; anyone's if omitted")

    def node(self, given: dict[str, Any], context: CriterionContext) -> c.TruthNode:
        parts: list[c.TruthNode] = [c.IsYes("radioiodine.refractory_judgement.value")]
        if "by" in given:
            parts.append(among("radioiodine.refractory_judgement.by", given["by"]))
        return all_of(parts)
