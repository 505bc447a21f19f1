"""`trialmatch trials new|check|diff|coverage`: write trial files, and see what a file says, lacks or changes."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.failures import INPUT_AT_FAULT, CommandFailure
from trialmatch.cli.output import as_json, print_json, print_table
from trialmatch.cli.trials import files_argument, trial_files_of, trial_sources

COUNTS = ("bullets", "encoded", "confirm", "not_encoded", "not_seen")


@click.command()
@click.argument("trial_id")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("."))
def new(trial_id: str, folder: Path) -> None:
    """Write a commented starter file TRIAL_ID.yaml; it never replaces a file."""
    from authoring.starter import starter

    text = starter(trial_id, datetime.now(UTC).year)
    file = folder / f"{trial_id}.yaml"
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise CommandFailure([f"{file} is there already"]) from None
    click.echo(f"{file}: edit it, then `trialmatch trials check {file}` and `trialmatch trials test {file}`")


# --- check -----------------------------------------------------------------------------------------


@click.command()
@files_argument
@as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check trial FILES or folders, or the packaged trials: what cannot be read, met, reached or accounted for.

    Exit 1 on errors; a warning names a line that decides nothing.
    """
    from schemas.trials.library import package_faults

    errors, warnings, count = list(package_faults()), [], 0
    for name, file in trial_sources(files):
        count += 1
        wrong, odd = _checked(name, file)
        errors += wrong
        warnings += odd
    if as_json:
        print_json(
            {"trials": count, "faults": [_card(one) for one in errors], "warnings": [_card(one) for one in warnings]}
        )
    else:
        told = [*_told("error", errors), *_told("warning", warnings)]
        click.echo("\n".join([*told, f"{count} trials, {len(errors)} faults, {len(warnings)} warnings"]))
    if errors:
        raise click.exceptions.Exit(INPUT_AT_FAULT)


def _checked(name: str, file: Any) -> tuple[list[Any], list[Any]]:
    """The errors and warnings of one file; a file that cannot be read has errors only."""
    from authoring.check import check_file
    from schemas.inputs.faults import InputError
    from schemas.inputs.strict_yaml import read_text

    try:
        checked = check_file(read_text(file, name), name)
    except InputError as error:
        return list(error.faults), []
    return list(checked.errors), list(checked.warnings)


def _told(severity: str, faults: list[Any]) -> Iterator[str]:
    from dataclasses import replace

    return (str(replace(fault, message=f"{severity}: {fault.message}")) for fault in faults)


def _card(fault: Any) -> dict[str, Any]:
    return {key: getattr(fault, key) for key in ("file", "line", "path", "message", "hint")}


# --- diff ------------------------------------------------------------------------------------------


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--patients",
    type=click.Path(exists=True, path_type=Path),
    help="A folder of summaries (*.json) or an .ndjson file: which of them the change would move, and why.",
)
@as_json
def diff(old: str, new: str, patients: Path | None, as_json: bool) -> None:
    """What changed from OLD to NEW: files, ids of packaged trials, or ID@VERSION. Exit 0 also where they differ."""
    from authoring.affected_patients import affected_patients, verdict_change_card
    from authoring.diff import change_card, trial_diff

    before, after = _version(old), _version(new)
    changes = trial_diff(before, after)
    summaries = None if patients is None else list(_summaries(patients))
    moved = affected_patients(before, after, summaries) if summaries is not None else []
    if as_json:
        out: dict[str, Any] = {
            "old": _head(before),
            "new": _head(after),
            "changes": [change_card(one) for one in changes],
        }
        if summaries is not None:
            out["patients"] = {"read": len(summaries), "moved": [verdict_change_card(one) for one in moved]}
        print_json(out)
        return
    click.echo("\n".join([f"{before.id}@{before.version} -> {after.id}@{after.version}", *_changes(changes)]))
    if summaries is not None:
        click.echo("\n".join(["", *_moved(moved), f"{len(moved)} of {len(summaries)} patients would move"]))


def _head(trial: Any) -> dict[str, str]:
    return {"id": trial.id, "version": trial.version}


def _version(name: str) -> Any:
    """A trial of a file, or of the library.

    Raises: Failure when there is neither; InputError for a file at fault.
    """
    from schemas.inputs.spelling import nearest
    from schemas.inputs.strict_yaml import read_text
    from schemas.trials.library import load_library
    from schemas.trials.trial_file import parse_trial

    if Path(name).is_file():
        return parse_trial(read_text(Path(name), name), name)
    known = load_library().trials
    trial_id, _, version = name.partition("@")
    if trial_id not in known:
        near = nearest(trial_id, known)
        raise CommandFailure(
            [f"{name} is no file, and no packaged trial has this id{f'; did you mean {near}?' if near else ''}"]
        )
    if not known[trial_id].version.startswith(version):
        raise CommandFailure(
            [f"the library has {trial_id} in version {known[trial_id].version} only; give a file for another"]
        )
    return known[trial_id]


def _changes(changes: list[Any]) -> Iterator[str]:
    for one in changes:
        where = f"{'formerly ' if one.what == 'removed' else ''}{one.path}: {one.what}"
        if one.what == "moved":
            yield f"{where} from {one.before}: {_text(one.new)}"
        elif one.what in ("added", "removed"):
            yield f"{where}: {one.after or one.before}"
        else:
            yield f"{where}\n    - {one.before or '(nothing)'}\n    + {one.after or '(nothing)'}"
    if not changes:
        yield "no change"


def _text(place: Any) -> str:
    from schemas.trials.trial_file import text_of

    return text_of(place.criterion)


def _moved(moved: list[Any]) -> Iterator[str]:
    for one in moved:
        cohorts = f" (cohorts {_listed(one.cohorts_before)} -> {_listed(one.cohorts_after)})"
        told = cohorts if one.cohorts_before != one.cohorts_after else ""
        yield f"{one.patient}: {one.before} -> {one.after}{told}, because of {_listed(one.because)}"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words) or "none"


def _summaries(place: Path) -> Iterator[Any]:
    """The summaries of a folder or of the lines of a file.

    Raises: InputError with file and line.
    """
    from schemas.inputs.faults import InputError
    from schemas.inputs.strict_json import read_json
    from schemas.summary.facts import load_patient
    from trialmatch.cli.match import read_patient

    if place.is_dir():
        yield from (read_patient(file) for file in sorted(place.glob("*.json")))
        return
    for number, line in enumerate(place.read_bytes().splitlines(), 1):
        if line.strip():
            try:
                yield load_patient(read_json(line))
            except InputError as error:
                raise error.placed(str(place), {"": number}) from None


# --- coverage --------------------------------------------------------------------------------------


@click.command()
@files_argument
@as_json
def coverage(files: tuple[Path, ...], as_json: bool) -> None:
    """How many bullets of each source are encoded, asked at the site, or not encoded, and why not."""
    from authoring.coverage import coverage as covered

    found = [covered(file) for file in trial_files_of(files)]
    total = Counter[str]()
    for one in found:
        total.update(one.counts())
    if as_json:
        trials = {one.trial: {**_share(one.counts()), "reasons": one.reasons} for one in found}
        print_json({"trials": trials, "total": _share(total)})
        return
    rows = [(one.trial, *_cells(one.counts())) for one in found]
    print_table(
        ("Trial", "Bullets", "Encoded", "Confirm", "Not encoded", "Not seen", "Of facts"),
        [*rows, ("Total", *_cells(total))],
    )
    for one in found:
        click.echo("".join(f"{one.trial} {bullet}: {why}\n" for bullet, why in one.reasons.items()), nl=False)


def _share(counts: Any) -> dict[str, Any]:
    from authoring.coverage import encoded_share

    part = encoded_share(counts)
    return {**{key: counts[key] for key in COUNTS}, "share": None if part is None else round(part, 4)}


def _cells(counts: Any) -> list[str]:
    shared = _share(counts)["share"]
    return [*(str(counts[key]) for key in COUNTS), "-" if shared is None else f"{shared:.1%}"]
