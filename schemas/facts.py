"""Facts that follow from several others: each is one node, so every criterion reads it alike."""

from matching import criteria as c
from schemas.blocks import among

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
LARGEST_LESION = c.Narrowed(
    (c.Fact("disease.largest_diameter"), c.Largest(lesions(c.All(())), f"{LESIONS}.longest_diameter"))
)


def metastatic() -> c.TruthNode:
    """Distant metastasis: stated, or a current lesion at a distant site."""
    return c.Agreed((c.Holds("disease.metastatic"), c.Exists(lesions(among(f"{LESIONS}.site", ["distant"])))))
