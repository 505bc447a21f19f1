"""Radioiodine: courses with activity, counts and ordinals, totals, what was only planned or refused."""

from collections.abc import Iterator

from extraction.reading import Mention, TokenisedNote
from extraction.recognise import rai_counts, rai_courses, rai_received, rai_refractory
from extraction.recognise.rai_words import SPOKEN_OF


def find(reading: TokenisedNote) -> Iterator[Mention]:
    """Courses, totals, counts, the plain statement that it was or was not given, and the word refractory."""
    yield from rai_courses.find(reading)
    yield from rai_counts.find(reading, reading.around(SPOKEN_OF, 1))
    named = (reading.sentences[index] for index in reading.naming(SPOKEN_OF))
    spoken = [(sentence.start, sentence.end) for sentence in named]
    yield from rai_received.find(reading, spoken)
    yield from rai_refractory.find(reading, spoken)
