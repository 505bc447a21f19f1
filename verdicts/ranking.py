"""The order of trials in a result, and the score of a match."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matching.trial import RECRUITING
from matching.truth import FALSE, TRUE, Truth
from matching.verdict import VERDICT_RANK

ELIGIBLE_FROM, POSSIBLE_FROM = 0.75, 0.01
"""Eligible scores lie in [0.75, 1], possible scores in [0.01, 0.75); an ineligible score is 0."""

BELOW_ELIGIBLE = 0.01
"""Gap between the best possible score and the lowest eligible score."""


def ranked(matches: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The matches, best first: by verdict, recruiting trials first, then by score and trial id."""
    return sorted(matches, key=_rank)


def _rank(match: Mapping[str, Any]) -> tuple[Any, ...]:
    return VERDICT_RANK[match["verdict"]], match["status"] not in RECRUITING, -match["score"], match["trial"]


def score_of(trial_truth: Truth, criterion_truths: Sequence[Truth], to_confirm: int) -> float:
    """Eligible: nearer 1 the fewer questions are left to confirm. Possible: nearer 0.75 the more criteria are met."""
    if trial_truth is FALSE:
        return 0.0
    met = criterion_truths.count(TRUE)
    if trial_truth is TRUE:
        return round(ELIGIBLE_FROM + (1 - ELIGIBLE_FROM) * (1 - to_confirm / (met + 1)), 3)
    share = met / (len(criterion_truths) + 1)
    return round(POSSIBLE_FROM + (ELIGIBLE_FROM - POSSIBLE_FROM - BELOW_ELIGIBLE) * share, 3)
