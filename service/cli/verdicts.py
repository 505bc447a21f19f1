"""A result in the verdict shape as a ranked table: verdict, score and the reasons in short."""

from collections.abc import Iterator, Sequence
from typing import Any

import click
from rich.text import Text

from service.cli.output import console, print_table

STYLES = {"eligible": "bold green", "possible": "bold yellow", "ineligible": "red"}
SHOWN = 3
"""Reasons of one kind in a row; `--json` has them all."""


def print_result(result: dict[str, Any]) -> None:
    """One patient: the table, what to ask next, contradictions, and who decides."""
    ranked = enumerate(result["matches"], 1)
    rows = [(str(rank), match["trial"], _verdict(match), f"{match['score']:.2f}", _reasons(match)) for rank, match in ranked]
    print_table(("#", "Trial", "Verdict", "Score", "Reasons"), rows, title=f"Patient {result['patient']}")
    for one in result["ask_next"][:SHOWN]:
        _say(f"Ask next: {one['question']} ({len(one['trials'])} trials wait for it)")
    for one in result["contradictions"]:
        _say(f"Contradiction: {' against '.join(one['sources'])} ({', '.join(one['paths'])})")
    click.echo(result["notice"])


def _say(text: str) -> None:
    console().print(Text(text))


def _verdict(match: dict[str, Any]) -> Text:
    fitting = [cohort["id"] for cohort in match["cohorts"] if cohort["verdict"] == match["verdict"]]
    cohorts = f"\ncohort {', '.join(fitting)}" if fitting and match["verdict"] != "ineligible" else ""
    return Text(match["verdict"], STYLES[match["verdict"]]).append(cohorts, "not bold")


def _reasons(match: dict[str, Any]) -> Text:
    return Text("\n".join(_lines(match)))


def _lines(match: dict[str, Any]) -> Iterator[str]:
    """Only what bears on the verdict: an eligible patient is not told of cohorts that do not fit."""
    criteria = [one for one in match["criteria"] if not _of_other_cohort(one, match)]
    by_verdict = {verdict: [one for one in criteria if one["verdict"] == verdict] for verdict in ("met", "not_met")}
    if match["verdict"] == "ineligible":
        yield from _listed("not met", [_with_observation(one) for one in by_verdict["not_met"]])
    yield from _listed("missing", [one["question"] for one in match["missing"]])
    yield from _listed("confirm", match["confirm"])
    yield f"met: {len(by_verdict['met'])} of {len(criteria)} criteria"


def _of_other_cohort(criterion: dict[str, Any], match: dict[str, Any]) -> bool:
    """Whether the criterion belongs to a cohort with another verdict than the trial's."""
    place, _, _ = criterion["path"].partition(".")
    if not place.startswith("cohorts["):
        return False
    cohort = match["cohorts"][int(place.removeprefix("cohorts[").removesuffix("]"))]
    return bool(cohort["verdict"] != match["verdict"])


def _with_observation(criterion: dict[str, Any]) -> str:
    unless = "excluded: " if criterion["role"] == "exclude" else ""
    observed = f" ({criterion['observed']})" if criterion["observed"] else ""
    return f"{unless}{criterion['text']}{observed}"


def _listed(what: str, reasons: Sequence[str]) -> Iterator[str]:
    if reasons:
        more = f" (and {len(reasons) - SHOWN} more)" if len(reasons) > SHOWN else ""
        yield f"{what}: {'; '.join(reasons[:SHOWN])}{more}"
