"""`trialmatch trials`: look at encoded trials, check their files, run their cases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.failures import INPUT_AT_FAULT, CommandFailure
from trialmatch.cli.output import as_json, print_json, print_table

files_argument = click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))


@click.group()
def trials() -> None:
    """Show, check and test encoded trials."""


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
        (one["id"], "/".join(one["phase"]), one["status"]["value"], one["completeness"], one["title"]) for one in heads
    ]
    print_table(("Trial", "Phase", "Status", "Encoded", "Title"), rows)


@trials.command()
@click.argument("trial_id")
@as_json
def show(trial_id: str, as_json: bool) -> None:
    """Show a packaged trial in English."""
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
    yield f"Phase {'/'.join(card['phase']) or 'not stated'}; {card['status']['value']} (seen {card['status']['seen']})"
    yield f"{card['source']}; encoded: {card['completeness']}; version {card['version']}"
    yield from _criteria(card["criteria"])
    for cohort in card["cohorts"]:
        yield f"\nCohort {cohort['id']}: {cohort['title']}"
        yield from _criteria(cohort["criteria"])


def _criteria(criteria: list[dict[str, Any]]) -> Iterator[str]:
    for role, heading in (("include", "Included if"), ("exclude", "Excluded if")):
        lines = [one for one in criteria if one["role"] == role]
        if lines:
            yield f"\n{heading}"
        for one in lines:
            yield f"  - {one['text']}"
            yield from (f"      {word}" for word in _beside(one))


def _beside(criterion: dict[str, Any]) -> Iterator[str]:
    if criterion["english"] != criterion["text"]:
        yield criterion["english"]
    for key in ("note", "source_quality"):
        if key in criterion:
            yield f"{key.replace('_', ' ')}: {criterion[key]}"


@trials.command("test")
@files_argument
@as_json
def test_(files: tuple[Path, ...], as_json: bool) -> None:
    """Run the cases of trial FILES or folders, or of the packaged trials."""
    from authoring.cases import run_cases

    results = [(file.name, list(run_cases(file))) for file in trial_files_of(files)]
    count = sum(len(found) for _, found in results)
    failed = [_failed(name, one) for name, found in results for one in found if one.wrong]
    if as_json:
        print_json({"trials": len(results), "cases": count, "failed": failed})
    else:
        lines = [f"{one['file']}:{one['line']}: {one['case']}: {one['wrong']}" for one in failed]
        click.echo("\n".join([*lines, f"{len(results)} trials, {count} cases, {len(failed)} failed"]))
    if failed:
        raise click.exceptions.Exit(INPUT_AT_FAULT)


def _failed(name: str, result: Any) -> dict[str, Any]:
    return {"trial": result.trial, "case": result.name, "wrong": result.wrong, "file": name, "line": result.line}


def trial_sources(files: tuple[Path, ...]) -> list[tuple[str, Any]]:
    """The trial files asked for by name, or those of the package and of installed packages, each with its name."""
    from schemas.plugins import yaml_files
    from schemas.trials.library import trial_files

    named = (one for place in files for one in ([one for _, one in yaml_files(place)] if place.is_dir() else [place]))
    return [(str(file), file) for file in named] if files else list(trial_files())


def trial_files_of(files: tuple[Path, ...]) -> Iterator[Any]:
    """The same files, read.

    Raises: InputError for a file that cannot be read.
    """
    from schemas.inputs.strict_yaml import read_text
    from schemas.trials.trial_file import read_trial_file

    for name, file in trial_sources(files):
        yield read_trial_file(read_text(file, name), name)
