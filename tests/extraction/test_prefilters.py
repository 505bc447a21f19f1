"""What is looked for before a costly pattern is tried must stand in everything that the pattern matches."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.prefilter import contains_any
from extraction.recognise import age
from extraction.recognise.radioiodine import uptake
from extraction.recognise.therapies import status_cues as therapy_cues
from extraction.recognise.variants import polarity_cues as variant_cues
from tests.generative.laws import SLOW_IS_FINE, examples

GUARDED = [
    *((f"{polarity} {side}", pattern, pieces) for polarity, side, pattern, pieces in variant_cues.POLARITY_PATTERNS),
    *((f"{status} {side}", pattern, pieces) for status, side, pattern, pieces in therapy_cues.STATUS_PATTERNS),
    *(
        (rule, pattern, age.REQUIRED_SUBSTRINGS[rule])
        for rule, pattern in age.AGE_FORMS
        if rule in age.REQUIRED_SUBSTRINGS
    ),
    ("other tracer", uptake.OTHER_TRACER, uptake.OTHER_TRACER_SUBSTRINGS),
]


@pytest.mark.parametrize(("name", "pattern", "pieces"), [row for row in GUARDED if row[2] != ("",)])
@settings(max_examples=examples(150), suppress_health_check=[*SLOW_IS_FINE, HealthCheck.filter_too_much])
@given(data=st.data())
def test_every_match_of_a_guarded_pattern_holds_one_of_its_pieces(
    data: st.DataObject, name: str, pattern: re.Pattern[str], pieces: tuple[str, ...]
) -> None:
    text = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii")))
    for match in pattern.finditer(text):
        assert contains_any(match.group(), pieces), name


def test_the_guard_of_a_pattern_can_fail() -> None:
    assert not contains_any("was stopped", ("begun", "added"))
    assert contains_any("was added", ("begun", "added"))
