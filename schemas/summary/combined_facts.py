"""Facts that follow from several others: each is one node, so every criterion reads it alike."""

from math import inf

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.node_builders import among
from schemas.summary.units import dimensions

LESIONS, COURSES = "disease.lesions", "radioiodine.courses"
CURRENT = among(f"{LESIONS}.status", ["current"])


def courses(where: c.TruthNode) -> c.Records:
    """Radioiodine courses; none were given where radioiodine never was."""
    return c.Records(COURSES, where, c.Not(c.Holds("radioiodine.received")))


def lesions(where: c.TruthNode) -> c.Records:
    """Lesions present now, as against resected or resolved ones."""
    return c.Records(LESIONS, c.All((CURRENT, where)))


RADIOIODINE_RECEIVED = c.Agreed((c.Holds("radioiodine.received"), c.Exists(courses(c.All(())))))

CUMULATIVE_ACTIVITY = c.Narrowed(
    (c.Fact("radioiodine.cumulative_activity"), c.Total(courses(c.All(())), f"{COURSES}.activity"))
)
NUMBER_OF_COURSES = c.Narrowed((c.Fact("radioiodine.number_of_courses"), c.Count(courses(c.All(())))))
SINCE_LAST_COURSE = c.Narrowed((c.Fact("radioiodine.last_given"), c.Smallest(courses(c.All(())), f"{COURSES}.given")))
NUMBER_OF_LESIONS = c.Narrowed((c.Fact("disease.number_of_lesions"), c.Count(lesions(c.All(())))))
SINCE_PROGRESSION = c.Narrowed((c.Fact("disease.progression.within"), c.Fact("disease.progression.documented")))
NUMBER_OF_LUNG_NODULES = c.Narrowed(
    (c.Fact("disease.lung_nodules"), c.Count(lesions(among(f"{LESIONS}.site", ["lung"]))))
)
LARGEST_LESION = c.Narrowed(
    (c.Fact("disease.largest_diameter"), c.Largest(lesions(c.All(())), f"{LESIONS}.longest_diameter"))
)


def _at_best(part: c.TruthNode) -> c.TruthNode:
    """TRUE where the part is; that it is not says nothing, so elsewhere UNKNOWN."""
    return c.Any((part, c.Consensus((c.All(()), c.Any(())))))


def _has_a_time(number: c.NumberNode) -> c.Within:
    """A time is known to have an end: `> 14 months` to progression leaves open whether it ever came."""
    time = dimensions()["time"]
    ended = Interval(-inf, time.possible.hi - time.step)
    return c.Within(number, ended, ended)


GREW = c.Any(
    (
        among(f"{LESIONS}.change_since_rai", ["progression"]),
        _has_a_time(c.Fact(f"{LESIONS}.progressed_after_rai")),
    )
)
LESION_PROGRESSED = c.Agreed((c.Holds(f"{LESIONS}.progressed"), _at_best(GREW)))
"""A lesion that grew since radioiodine has progressed, whether that is said or not."""

PROGRESSED = c.Agreed((c.Holds("disease.progression.progressed"), _at_best(_has_a_time(SINCE_PROGRESSION))))
"""A progression that has a time took place."""


def metastatic() -> c.TruthNode:
    """Distant metastasis: stated, or a current lesion at a distant site."""
    return c.Agreed((c.Holds("disease.metastatic"), c.Exists(lesions(among(f"{LESIONS}.site", ["distant"])))))
