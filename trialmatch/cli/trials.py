"""`trialmatch trials list|show|test`: show encoded trials and run their cases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.failures import INPUT_ERROR, CommandFailure
from trialmatch.cli.output import as_json, print_json, print_table

files_argument = click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))


@click.group()
def trials() -> None:
    """Show, check, test and write encoded trials."""


@trials.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List the packaged trials."""
    from schemas.trials.library import load_library
    from schemas.trials.trial_file import trial_card

    cards = [trial_card(trial) for trial in load_library().trials.values()]
    heads = [{key: card[key] for key in card if key not in ("criteria", "cohorts")} for card in cards]
    if as_json:
        print_json(heads)
        return
    rows = [
        (head["id"], "/".join(head["phase"]), head["status"]["value"], head["completeness"], head["title"])
        for head in heads
    ]
    print_table(("Trial", "Phase", "Status", "Encoded", "Title"), rows)


@trials.command()
@click.argument("trial_id")
@as_json
def show(trial_id: str, as_json: bool) -> None:
    """Show the criteria of a packaged trial in English."""
    from schemas.inputs.spelling import nearest
    from schemas.trials.library import load_library
    from schemas.trials.trial_file import trial_card

    known = load_library().trials
    if trial_id not in known:
        near = nearest(trial_id, known)
        raise CommandFailure([f"no packaged trial has this id{f'; did you mean {near}?' if near else ''}"])
    card = trial_card(known[trial_id])
    if as_json:
        print_json(card)
    else:
        click.echo("\n".join(_page(card)))


def _page(card: dict[str, Any]) -> Iterator[str]:
    yield f"{card['id']}  {card['title']}"
    yield f"Phase {'/'.join(card['phase']) or 'not given'}; {card['status']['value']} (seen {card['status']['seen']})"
    yield f"{card['source']}; encoded: {card['completeness']}; version {card['version']}"
    yield from _criteria(card["criteria"])
    for cohort in card["cohorts"]:
        yield f"\nCohort {cohort['id']}: {cohort['title']}{' (closed)' if cohort['status'] == 'closed' else ''}"
        yield from _criteria(cohort["criteria"])


def _criteria(criteria: list[dict[str, Any]]) -> Iterator[str]:
    for role, heading in (("include", "Inclusion criteria"), ("exclude", "Exclusion criteria")):
        of_role = [criterion for criterion in criteria if criterion["role"] == role]
        if of_role:
            yield f"\n{heading}"
        for criterion in of_role:
            yield f"  - {criterion['text']}"
            yield from (f"      {remark}" for remark in _remarks(criterion))


def _remarks(criterion: dict[str, Any]) -> Iterator[str]:
    if criterion["english"] != criterion["text"]:
        yield criterion["english"]
    for key in ("note", "source_quality"):
        if key in criterion:
            yield f"{key.replace('_', ' ')}: {criterion[key]}"


@trials.command("test")
@files_argument
@as_json
def test_(files: tuple[Path, ...], as_json: bool) -> None:
    """Run the cases of trial FILES or folders (default: the packaged trials)."""
    from authoring.cases import run_cases

    results = [(file.name, list(run_cases(file))) for file in trial_files_of(files)]
    count = sum(len(cases) for _, cases in results)
    failed = [_failed(name, case) for name, cases in results for case in cases if case.wrong]
    if as_json:
        print_json({"trials": len(results), "cases": count, "failed": failed})
    else:
        lines = [f"{case['file']}:{case['line']}: {case['case']}: {case['wrong']}" for case in failed]
        click.echo("\n".join([*lines, f"{len(results)} trials, {count} cases, {len(failed)} failed"]))
    if failed:
        raise click.exceptions.Exit(INPUT_ERROR)


def _failed(name: str, result: Any) -> dict[str, Any]:
    return {"trial": result.trial, "case": result.name, "wrong": result.wrong, "file": name, "line": result.line}


def trial_sources(files: tuple[Path, ...]) -> list[tuple[str, Any]]:
    """Return the named trial files, or those of this and of installed packages, each with its name."""
    from schemas.plugins import yaml_files
    from schemas.trials.library import trial_files

    if not files:
        return list(trial_files())
    in_place = ([file for _, file in yaml_files(place)] if place.is_dir() else [place] for place in files)
    return [(str(file), file) for named in in_place for file in named]


def trial_files_of(files: tuple[Path, ...]) -> Iterator[Any]:
    """Read the same files.

    Raises: InputError for a file that cannot be read.
    """
    from schemas.inputs.strict_yaml import read_text
    from schemas.trials.trial_file import read_trial_file

    for name, file in trial_sources(files):
        yield read_trial_file(read_text(file, name), name)
