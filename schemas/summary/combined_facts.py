"""Facts with several sources: each is one node, so that every criterion reads it the same way."""

from functools import cache
from math import inf

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.node_builders import among
from schemas.summary.units import dimensions

LESIONS, COURSES = "disease.lesions", "radioiodine.courses"

# Facts that need a vocabulary are functions: importing a module reads no file.


def courses(where: c.TruthNode) -> c.Records:
    """Radioiodine courses. The list is complete where radioiodine was never given."""
    return c.Records(COURSES, where, c.Not(c.IsYes("radioiodine.received")))


def lesions(where: c.TruthNode) -> c.Records:
    """Current lesions, not resected or resolved ones."""
    return c.Records(LESIONS, c.All((_current(), where)))


@cache
def _current() -> c.TruthNode:
    return among(f"{LESIONS}.status", ["current"])


RADIOIODINE_RECEIVED = c.Agreed((c.IsYes("radioiodine.received"), c.Exists(courses(c.All(())))))

CUMULATIVE_ACTIVITY = c.Narrowed(
    (c.Fact("radioiodine.cumulative_activity"), c.Total(courses(c.All(())), f"{COURSES}.activity"))
)
NUMBER_OF_COURSES = c.Narrowed((c.Fact("radioiodine.number_of_courses"), c.Count(courses(c.All(())))))
SINCE_LAST_COURSE = c.Narrowed((c.Fact("radioiodine.last_given"), c.Smallest(courses(c.All(())), f"{COURSES}.given")))


@cache
def number_of_lesions() -> c.NumberNode:
    return c.Narrowed((c.Fact("disease.number_of_lesions"), c.Count(lesions(c.All(())))))


SINCE_PROGRESSION = c.Narrowed((c.Fact("disease.progression.within"), c.Fact("disease.progression.documented")))


@cache
def number_of_lung_nodules() -> c.NumberNode:
    return c.Narrowed((c.Fact("disease.lung_nodules"), c.Count(lesions(among(f"{LESIONS}.site", ["lung"])))))


@cache
def largest_lesion() -> c.NumberNode:
    return c.Narrowed(
        (c.Fact("disease.largest_diameter"), c.Largest(lesions(c.All(())), f"{LESIONS}.longest_diameter"))
    )


def _true_or_unknown(part: c.TruthNode) -> c.TruthNode:
    """TRUE where the part is TRUE, else UNKNOWN: a part that is FALSE proves nothing."""
    return c.Any((part, c.Consensus((c.All(()), c.Any(())))))


def _has_ended(number: c.NumberNode) -> c.Within:
    """The time is known to have an end: `> 14 months` to progression does not prove that progression occurred."""
    time = dimensions()["time"]
    ended = Interval(-inf, time.possible.hi - time.step)
    return c.Within(number, ended, ended)


@cache
def _lesion_grew() -> c.TruthNode:
    return c.Any(
        (
            among(f"{LESIONS}.change_since_rai", ["progression"]),
            _has_ended(c.Fact(f"{LESIONS}.progressed_after_rai")),
        )
    )


@cache
def lesion_progressed() -> c.TruthNode:
    """A lesion that grew since radioiodine has progressed, even if progression itself is not reported."""
    return c.Agreed((c.IsYes(f"{LESIONS}.progressed"), _true_or_unknown(_lesion_grew())))


@cache
def progressed() -> c.TruthNode:
    """A progression with a time has occurred."""
    return c.Agreed((c.IsYes("disease.progression.progressed"), _true_or_unknown(_has_ended(SINCE_PROGRESSION))))


def metastatic() -> c.TruthNode:
    """Distant metastasis: reported, or a current lesion at a distant site."""
    return c.Agreed((c.IsYes("disease.metastatic"), c.Exists(lesions(among(f"{LESIONS}.site", ["distant"])))))
