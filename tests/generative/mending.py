"""Summaries that can be read, or accepted: what contradicts something else is left out of them."""

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from schemas.inputs.faults import InputError
from schemas.summary.contradictions import accept_patient
from schemas.summary.facts import load_patient
from tests.generative.spelling import spell
from tests.generative.summaries import Summary, summaries

MOST_FAULTS = 20


def readable() -> st.SearchStrategy[Summary]:
    """Any summary that can be read; sources of one fact may still contradict each other."""
    return summaries().map(lambda summary: mended(summary, load_patient))


def consistent() -> st.SearchStrategy[Summary]:
    """Any summary that is accepted: free of contradictions."""
    return summaries().map(lambda summary: mended(summary, accept_patient))


def mended(summary: Summary, read: Callable[[Any], Any]) -> Summary:
    """The summary without the facts at fault."""
    for _ in range(MOST_FAULTS):
        try:
            read(spell(summary))
        except InputError as error:
            for fault in error.faults:
                _leave_out(summary, fault.path)
        else:
            break
    return summary


def _leave_out(summary: Any, path: str) -> None:
    *above, last = re.findall(r"[^.\[\]]+", path)
    for key in above:
        summary = summary[int(key) if key.isdigit() else key]
    if isinstance(summary, dict):
        summary.pop(last, None)
