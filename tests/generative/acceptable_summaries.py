"""Draws summaries that can be loaded or accepted: facts at fault are removed."""

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from schemas.implications.contradictions import accept_patient
from schemas.inputs.faults import InputError
from schemas.summary.facts import load_patient
from tests.generative.summary_strategies import Summary, summaries
from tests.generative.written_summaries import spell

MOST_FAULTS = 20


def readable() -> st.SearchStrategy[Summary]:
    """Any summary that can be loaded; sources of a fact may still contradict each other."""
    return summaries().map(lambda summary: without_faults(summary, load_patient))


def consistent() -> st.SearchStrategy[Summary]:
    """Any summary that is accepted: free of contradictions."""
    return summaries().map(lambda summary: without_faults(summary, accept_patient))


def without_faults(summary: Summary, load: Callable[[Any], Any]) -> Summary:
    """The summary without the facts at fault."""
    for _ in range(MOST_FAULTS):
        try:
            load(spell(summary))
        except InputError as error:
            for fault in error.faults:
                _remove(summary, fault.path)
        else:
            break
    return summary


def _remove(summary: Any, path: str) -> None:
    *above, last = re.findall(r"[^.\[\]]+", path)
    for key in above:
        if isinstance(summary, dict) and key not in summary:
            return  # another fault of the same summary was corrected first
        summary = summary[int(key) if key.isdigit() else key]
    if isinstance(summary, dict):
        summary.pop(last, None)
