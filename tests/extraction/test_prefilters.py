"""Every match of a costly pattern contains a substring of its prefilter."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.prefilter import contains_any
from extraction.recognise import age
from extraction.recognise.radioiodine import uptake
from extraction.recognise.therapies import status_cues
from extraction.recognise.variants import polarity_cues
from tests.generative.laws import SLOW_IS_FINE, examples

PREFILTERED = [
    *(
        (f"{polarity} {side}", pattern, substrings)
        for polarity, side, pattern, substrings in polarity_cues.POLARITY_PATTERNS
    ),
    *((f"{status} {side}", pattern, substrings) for status, side, pattern, substrings in status_cues.STATUS_PATTERNS),
    *(
        (rule, pattern, age.REQUIRED_SUBSTRINGS[rule])
        for rule, pattern in age.AGE_FORMS
        if rule in age.REQUIRED_SUBSTRINGS
    ),
    ("other tracer", uptake.OTHER_TRACER, uptake.OTHER_TRACER_SUBSTRINGS),
]


@pytest.mark.parametrize(("name", "pattern", "substrings"), [row for row in PREFILTERED if row[2] != ("",)])
@settings(max_examples=examples(150), suppress_health_check=[*SLOW_IS_FINE, HealthCheck.filter_too_much])
@given(data=st.data())
def test_every_match_contains_a_required_substring(
    data: st.DataObject, name: str, pattern: re.Pattern[str], substrings: tuple[str, ...]
) -> None:
    text = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii")))
    for match in pattern.finditer(text):
        assert contains_any(match.group(), substrings), name


def test_a_prefilter_can_fail() -> None:
    assert not contains_any("was stopped", ("begun", "added"))
    assert contains_any("was added", ("begun", "added"))
