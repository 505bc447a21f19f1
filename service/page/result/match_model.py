"""Matches as a page shows them: with the trial's phase, its lines by role, and the reason in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from matching.trial import RECRUITING
from matching.verdict import INELIGIBLE, MET, NOT_KNOWN, NOT_MET, POSSIBLE, VERDICT_RANK
from schemas.trials.trial_file import read_trial_head
from storage.trials import get_trial


@dataclass(frozen=True)
class ShownMatch:
    """One match; `why` is its reason in one line."""

    match: Mapping[str, Any]
    phase: Sequence[str]
    source: str
    recruiting: bool
    why: str
    groups: Sequence[tuple[str, str, Sequence[Mapping[str, Any]]]]
    counts: Mapping[str, int]


def shown(session: Session, site_id: str, matches: Sequence[Mapping[str, Any]]) -> list[ShownMatch]:
    """The matches of a result in their order."""
    return [_shown(match, *_head(session, site_id, match["trial"], match["version"])) for match in matches]


_HEADS: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
"""Phase and source of trial versions; a version is the hash of its text, so what is known stays true at any site."""


def _head(session: Session, site_id: str, trial_id: str, version: str) -> tuple[tuple[str, ...], str]:
    known = _HEADS.get((trial_id, version))
    if known is None:
        row = get_trial(session, site_id, trial_id, version)
        known = _read_head(row.body) if row else ((), "")
        _HEADS[trial_id, version] = known
    return known


@lru_cache(maxsize=4)
def _read_head(body: str) -> tuple[tuple[str, ...], str]:
    _, head = read_trial_head(body, "trial")
    return tuple(str(phase) for phase in head["phase"]), str(head["source"])


def _shown(match: Mapping[str, Any], phase: tuple[str, ...], source: str) -> ShownMatch:
    # Of the trial itself: that a line of one cohort is not met says nothing of the others.
    lines = [line for line in match["criteria"] if not line["path"].startswith("cohorts")]
    counts = {verdict: sum(says(line) == verdict for line in lines) for verdict in ORDER}
    return ShownMatch(match, phase, source, match["status"] in RECRUITING, _why(match), list(_groups(match)), counts)


def _why(match: Mapping[str, Any]) -> str:
    if match["verdict"] == INELIGIBLE:
        failed = next((line["text"] for line in match["criteria"] if line["verdict"] == NOT_MET), "")
        return f"Not met: {failed}" if failed else "No cohort fits"
    if match["verdict"] == POSSIBLE:
        # What is asked first is what would settle most by itself.
        question = match["missing"][0]["question"] if match["missing"] else "a clinician must judge"
        more = len(match["missing"]) - 1
        return f"Ask: {question}" + (f" and {more} more" if more > 0 else "")
    return (
        f"{len(match['confirm'])} to confirm at the site"
        if match["confirm"]
        else "Every criterion of the summary is met"
    )


def _groups(match: Mapping[str, Any]) -> Any:
    """The lines of the trial itself, then those of each cohort: by role, the decisive ones first."""
    titles = {f"cohorts[{place}]": cohort for place, cohort in enumerate(match["cohorts"])}
    for above, name in (("", ""), *((path, _cohort_name(cohort)) for path, cohort in titles.items())):
        for role, title in (("include", "Must hold"), ("exclude", "Must not hold")):
            start = f"{above}.{role}[" if above else f"{role}["
            lines = [line for line in match["criteria"] if line["path"].startswith(start)]
            if lines:
                told = [{**line, "verdict": says(line)} for line in lines]
                yield name, title, sorted(told, key=lambda line: ORDER[line["verdict"]])


ORDER = {NOT_MET: 0, NOT_KNOWN: 1, "to_confirm": 2, MET: 3}


def says(line: Mapping[str, Any]) -> str:
    """Whether a line is met. One that only the site can confirm passes the match, and is not said to be met."""
    return "to_confirm" if line["verdict"] == MET and line["text"].startswith(CONFIRM) else str(line["verdict"])


CONFIRM = "to confirm: "
"""How `matching.describe` begins a line that no summary can settle."""


def _cohort_name(cohort: Mapping[str, Any]) -> str:
    return f"Cohort {cohort['id']}: {cohort['title']}"


def changes(before: Mapping[str, str], matches: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Trials whose verdict is another one than before, what came nearer first."""
    moved = [
        {"trial": match["trial"], "title": match["title"], "before": before[match["trial"]], "now": match["verdict"]}
        for match in matches
        if before.get(match["trial"], match["verdict"]) != match["verdict"]
    ]
    return sorted(moved, key=lambda one: VERDICT_RANK[one["now"]] - VERDICT_RANK[one["before"]])
