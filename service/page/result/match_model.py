"""Matches as the result page shows them: the trial's phase, criteria by role, and the main reason in one line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from matching.trial import RECRUITING
from matching.verdict import INELIGIBLE, MET, NOT_KNOWN, NOT_MET, POSSIBLE, VERDICT_RANK
from schemas.trials.trial_file import read_trial_head
from storage.trials import get_trial

TO_CONFIRM = "to_confirm"
CONFIRM_PREFIX = "to confirm: "
"""How `matching.describe` starts a criterion that no summary can decide."""

CRITERIA_ORDER = {NOT_MET: 0, NOT_KNOWN: 1, TO_CONFIRM: 2, MET: 3}
"""Criteria that decide the verdict come first."""

ROLES = {
    "include": ("Inclusion", {MET: "Fulfilled", NOT_MET: "Not fulfilled"}),
    "exclude": ("Exclusion", {MET: "Not present", NOT_MET: "Present"}),
}
"""Title and verdict words by role. An exclusion criterion is met when what it excludes is not present."""


@dataclass(frozen=True)
class ShownCriterion:
    """A criterion with its verdict, and the word for that verdict under its role."""

    verdict: str
    word: str
    text: str
    line: Mapping[str, Any]


@dataclass(frozen=True)
class ShownCriteria:
    """The criteria of one role, of the trial or of one cohort."""

    title: str
    rows: Sequence[ShownCriterion]


@dataclass(frozen=True)
class MatchCard:
    """A match, with `reason` as its main reason in one line."""

    match: Mapping[str, Any]
    phase: Sequence[str]
    source: str
    recruiting: bool
    reason: str
    groups: Sequence[ShownCriteria]
    counts: Mapping[str, int]


def match_cards(session: Session, site_id: str, matches: Sequence[Mapping[str, Any]]) -> list[MatchCard]:
    """The matches of a result, in their order."""
    return [_card(match, *_trial_head(session, site_id, match["trial"], match["version"])) for match in matches]


_TRIAL_HEADS: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {}
"""Cache of phases and source by trial and version. A version is the hash of its text, so entries are valid for ever."""


def _trial_head(session: Session, site_id: str, trial_id: str, version: str) -> tuple[tuple[str, ...], str]:
    head = _TRIAL_HEADS.get((trial_id, version))
    if head is None:
        row = get_trial(session, site_id, trial_id, version)
        head = _read_head(row.body) if row else ((), "")
        _TRIAL_HEADS[trial_id, version] = head
    return head


@lru_cache(maxsize=4)
def _read_head(body: str) -> tuple[tuple[str, ...], str]:
    _, head = read_trial_head(body, "trial")
    return tuple(str(phase) for phase in head["phase"]), str(head["source"])


def _card(match: Mapping[str, Any], phase: tuple[str, ...], source: str) -> MatchCard:
    # Count only criteria of the trial itself: a patient needs to fit one cohort, not all.
    verdicts = [criterion_verdict(line) for line in match["criteria"] if not line["path"].startswith("cohorts")]
    counts = {verdict: verdicts.count(verdict) for verdict in CRITERIA_ORDER}
    recruiting = match["status"] in RECRUITING
    return MatchCard(match, phase, source, recruiting, _reason(match), list(_groups(match)), counts)


def _reason(match: Mapping[str, Any]) -> str:
    if match["verdict"] == INELIGIBLE:
        failed = next((line["text"] for line in match["criteria"] if line["verdict"] == NOT_MET), "")
        return f"Not met: {failed}" if failed else "No cohort fits"
    if match["verdict"] == POSSIBLE:
        # The first missing fact is the one that would decide most by itself.
        question = match["missing"][0]["question"] if match["missing"] else "clinical judgement is needed"
        more = len(match["missing"]) - 1
        return f"Ask: {question}" + (f" (and {more} more)" if more > 0 else "")
    if match["confirm"]:
        return f"{len(match['confirm'])} to confirm at the site"
    return "All criteria are met"


def _groups(match: Mapping[str, Any]) -> Iterator[ShownCriteria]:
    """The criteria of the trial, then those of each cohort: by role, the decisive ones first."""
    cohorts = [(f"cohorts[{index}].", f"{_cohort_name(cohort)}: ") for index, cohort in enumerate(match["cohorts"])]
    for path, name in (("", ""), *cohorts):
        for role, (title, words) in ROLES.items():
            lines = [line for line in match["criteria"] if line["path"].startswith(f"{path}{role}[")]
            if lines:
                rows = sorted((_row(line, words) for line in lines), key=lambda row: CRITERIA_ORDER[row.verdict])
                yield ShownCriteria(f"{name}{title.lower()}" if name else title, rows)


def _row(line: Mapping[str, Any], words: Mapping[str, str]) -> ShownCriterion:
    verdict = criterion_verdict(line)
    text = line["text"].replace(CONFIRM_PREFIX, "") if verdict == TO_CONFIRM else line["text"]
    return ShownCriterion(verdict, words.get(verdict, verdict.replace("_", " ").capitalize()), text, line)


def criterion_verdict(line: Mapping[str, Any]) -> str:
    """The verdict on a criterion. Criteria that only the site can confirm pass the match, but are not shown as met."""
    return TO_CONFIRM if line["verdict"] == MET and line["text"].startswith(CONFIRM_PREFIX) else str(line["verdict"])


def _cohort_name(cohort: Mapping[str, Any]) -> str:
    return f"Cohort {cohort['id']}: {cohort['title']}"


def changed_verdicts(before: Mapping[str, str], matches: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The trials whose verdict differs from the version before, improvements first."""
    changes = [
        {"trial": match["trial"], "title": match["title"], "before": before[match["trial"]], "now": match["verdict"]}
        for match in matches
        if before.get(match["trial"], match["verdict"]) != match["verdict"]
    ]
    return sorted(changes, key=lambda change: VERDICT_RANK[change["now"]] - VERDICT_RANK[change["before"]])
