"""One patient's result as a ranked table: verdict, score and the main reasons."""

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import Any

from rich.text import Text

from matching.verdict import ELIGIBLE, INELIGIBLE, MET, NOT_MET, POSSIBLE
from trialmatch.cli.output import print_lines, print_table

STYLES = {ELIGIBLE: "bold green", POSSIBLE: "bold yellow", INELIGIBLE: "red"}
MAX_REASONS = {"not met": 2, "missing": 3, "confirm": 2, "ask next": 3}
"""Reasons of each kind that a table row shows; `--json` has them all."""

MAX_REASON_LENGTH = 120
"""Units: characters, two lines next to the other columns in a pipe."""


def print_result(result: dict[str, Any]) -> None:
    """Print the table of one patient, what to ask next, contradictions, and the notice."""
    rows = [_row(rank, match) for rank, match in enumerate(result["matches"], 1)]
    print_table(("#", "Trial", "Verdict", "Score", "Reasons"), rows, title=f"Patient {result['patient']}")
    print_lines(_notes(result))


def _row(rank: int, match: dict[str, Any]) -> tuple[str | Text, ...]:
    verdict = Text(match["verdict"], STYLES[match["verdict"]])
    return str(rank), match["trial"], verdict, f"{match['score']:.2f}", "\n".join(_reasons(match))


def _notes(result: dict[str, Any]) -> Iterator[str]:
    for question in result["ask_next"][: MAX_REASONS["ask next"]]:
        yield f"Ask next: {question['question']} Needed by {len(question['trials'])} trials."
    for contradiction in result["contradictions"]:
        sources, paths = " against ".join(contradiction["sources"]), ", ".join(contradiction["paths"])
        yield f"Contradiction: {sources} ({paths})"
    yield result["notice"]


def _reasons(match: dict[str, Any]) -> Iterator[str]:
    """List only reasons for the verdict: an eligible patient's row does not mention cohorts that do not fit."""
    cohorts = [cohort["id"] for cohort in match["cohorts"] if cohort["verdict"] == match["verdict"]]
    criteria = [criterion for criterion in match["criteria"] if not _of_other_cohort(criterion, match)]
    met = sum(criterion["verdict"] == MET for criterion in criteria)
    if match["verdict"] == INELIGIBLE:
        not_met = [criterion for criterion in criteria if criterion["verdict"] == NOT_MET]
        yield from (f"closed cohort: {cohort['id']}" for cohort in match["cohorts"] if "status" in cohort)
        yield from _shortened("not met", [_reason(criterion) for criterion in not_met])
    elif cohorts:
        yield f"cohort: {', '.join(cohorts)}"
    yield from _shortened("missing", [fact["question"] for fact in match["missing"]])
    yield from _shortened("confirm", match["confirm"])
    yield f"met: {met} of {len(criteria)} criteria"


def _of_other_cohort(criterion: dict[str, Any], match: dict[str, Any]) -> bool:
    """Whether the criterion belongs to a cohort with another verdict than the trial's."""
    place, _, _ = criterion["path"].partition(".")
    if not place.startswith("cohorts["):
        return False
    cohort = match["cohorts"][int(place.removeprefix("cohorts[").removesuffix("]"))]
    return bool(cohort["verdict"] != match["verdict"])


def _reason(criterion: dict[str, Any]) -> str:
    excluded = "excluded: " if criterion["role"] == "exclude" else ""
    observed = f" ({criterion['observed']})" if criterion["observed"] else ""
    return f"{excluded}{criterion['text']}{observed}"


def _shortened(kind: str, reasons: Sequence[str]) -> Iterator[str]:
    limit = MAX_REASONS[kind]
    yield from (shorten(f"{kind}: {reason}", MAX_REASON_LENGTH, placeholder=" …") for reason in reasons[:limit])
    if len(reasons) > limit:
        yield f"{kind}: {len(reasons) - limit} more"
