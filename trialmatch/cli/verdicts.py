"""A result in the verdict shape as a ranked table: verdict, score and the reasons in short."""

from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import Any

from rich.text import Text

from matching.verdict import ELIGIBLE, INELIGIBLE, MET, NOT_MET, POSSIBLE
from trialmatch.cli.output import print_lines, print_table

STYLES = {ELIGIBLE: "bold green", POSSIBLE: "bold yellow", INELIGIBLE: "red"}
SHOWN = {"not met": 2, "missing": 3, "confirm": 2, "ask next": 3}
"""Reasons of a kind in a row; `--json` has them all."""

LONGEST = 120
"""Characters of a reason: two lines beside the other columns in a pipe."""


def print_result(result: dict[str, Any]) -> None:
    """One patient: the table, what to ask next, contradictions, and who decides."""
    rows = [_row(rank, match) for rank, match in enumerate(result["matches"], 1)]
    print_table(("#", "Trial", "Verdict", "Score", "Reasons"), rows, title=f"Patient {result['patient']}")
    print_lines(_notes(result))


def _row(rank: int, match: dict[str, Any]) -> tuple[str | Text, ...]:
    verdict = Text(match["verdict"], STYLES[match["verdict"]])
    return str(rank), match["trial"], verdict, f"{match['score']:.2f}", "\n".join(_reasons(match))


def _notes(result: dict[str, Any]) -> Iterator[str]:
    for one in result["ask_next"][: SHOWN["ask next"]]:
        yield f"Ask next: {one['question']} Trials that wait for it: {len(one['trials'])}."
    for one in result["contradictions"]:
        yield f"Contradiction: {' against '.join(one['sources'])} ({', '.join(one['paths'])})"
    yield result["notice"]


def _reasons(match: dict[str, Any]) -> Iterator[str]:
    """Only what bears on the verdict: an eligible patient is not told of cohorts that do not fit."""
    cohorts = [cohort["id"] for cohort in match["cohorts"] if cohort["verdict"] == match["verdict"]]
    criteria = [one for one in match["criteria"] if not _of_other_cohort(one, match)]
    met = sum(one["verdict"] == MET for one in criteria)
    if match["verdict"] == INELIGIBLE:
        yield from _listed("not met", [_told(one) for one in criteria if one["verdict"] == NOT_MET])
    elif cohorts:
        yield f"cohort: {', '.join(cohorts)}"
    yield from _listed("missing", [one["question"] for one in match["missing"]])
    yield from _listed("confirm", match["confirm"])
    yield f"met: {met} of {len(criteria)} criteria"


def _of_other_cohort(criterion: dict[str, Any], match: dict[str, Any]) -> bool:
    """Whether the criterion belongs to a cohort with another verdict than the trial's."""
    place, _, _ = criterion["path"].partition(".")
    if not place.startswith("cohorts["):
        return False
    cohort = match["cohorts"][int(place.removeprefix("cohorts[").removesuffix("]"))]
    return bool(cohort["verdict"] != match["verdict"])


def _told(criterion: dict[str, Any]) -> str:
    excluded = "excluded: " if criterion["role"] == "exclude" else ""
    observed = f" ({criterion['observed']})" if criterion["observed"] else ""
    return f"{excluded}{criterion['text']}{observed}"


def _listed(what: str, reasons: Sequence[str]) -> Iterator[str]:
    shown = SHOWN[what]
    yield from (shorten(f"{what}: {reason}", LONGEST, placeholder=" …") for reason in reasons[:shown])
    if len(reasons) > shown:
        yield f"{what}: {len(reasons) - shown} more"
