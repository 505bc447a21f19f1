"""`trialmatch trials new|check|diff|coverage|schema`: write, check and compare trial files."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.failures import INPUT_ERROR, CommandFailure
from trialmatch.cli.output import as_json, print_json, print_table
from trialmatch.cli.trials import files_argument, trial_files_of, trial_sources

COUNTS = ("bullets", "encoded", "confirm", "not_encoded", "not_seen")


@click.command()
@click.argument("trial_id")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("."))
def new(trial_id: str, folder: Path) -> None:
    """Write a commented starter file TRIAL_ID.yaml. An existing file is never replaced."""
    from authoring.starter import starter

    text = starter(trial_id, datetime.now(UTC).year)
    file = folder / f"{trial_id}.yaml"
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError:
        raise CommandFailure([f"{file} already exists"]) from None
    click.echo(f"{file}: edit it, then run `trialmatch trials check {file}` and `trialmatch trials test {file}`")


# --- check -----------------------------------------------------------------------------------------


@click.command()
@files_argument
@as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check trial FILES or folders (default: the packaged trials) for errors, contradictions and gaps.

    Exit 1 on errors. A warning names a criterion that decides nothing.
    """
    from schemas.trials.library import package_faults

    errors, warnings, count = list(package_faults()), [], 0
    for name, file in trial_sources(files):
        count += 1
        file_errors, file_warnings = _checked(name, file)
        errors += file_errors
        warnings += file_warnings
    if as_json:
        cards = {"faults": [_card(fault) for fault in errors], "warnings": [_card(fault) for fault in warnings]}
        print_json({"trials": count, **cards})
    else:
        lines = [*_lines("error", errors), *_lines("warning", warnings)]
        click.echo("\n".join([*lines, f"{count} trials, {len(errors)} errors, {len(warnings)} warnings"]))
    if errors:
        raise click.exceptions.Exit(INPUT_ERROR)


def _checked(name: str, file: Any) -> tuple[list[Any], list[Any]]:
    """Return the errors and warnings of one file; an unreadable file has errors only."""
    from authoring.check import check_file
    from schemas.inputs.faults import InputError
    from schemas.inputs.strict_yaml import read_text

    try:
        checked = check_file(read_text(file, name), name)
    except InputError as error:
        return list(error.faults), []
    return list(checked.errors), list(checked.warnings)


def _lines(severity: str, faults: list[Any]) -> Iterator[str]:
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
    help="Folder of summaries (*.json) or .ndjson file: show the patients whose verdict would change, and why.",
)
@as_json
def diff(old: str, new: str, patients: Path | None, as_json: bool) -> None:
    """Show what changed from OLD to NEW: files, ids of packaged trials, or ID@VERSION. Exit 0 also if they differ."""
    from authoring.affected_patients import affected_patients, verdict_change_card
    from authoring.diff import change_card, trial_diff

    before, after = _version(old), _version(new)
    changes = trial_diff(before, after)
    summaries = None if patients is None else list(_summaries(patients))
    affected = affected_patients(before, after, summaries) if summaries is not None else []
    if as_json:
        out: dict[str, Any] = {
            "old": _head(before),
            "new": _head(after),
            "changes": [change_card(change) for change in changes],
        }
        if summaries is not None:
            out["patients"] = {"read": len(summaries), "moved": [verdict_change_card(change) for change in affected]}
        print_json(out)
        return
    click.echo("\n".join([f"{before.id}@{before.version} -> {after.id}@{after.version}", *_changes(changes)]))
    if summaries is not None:
        click.echo(
            "\n".join(["", *_verdict_changes(affected), f"{len(affected)} of {len(summaries)} patients would change"])
        )


def _head(trial: Any) -> dict[str, str]:
    return {"id": trial.id, "version": trial.version}


def _version(name: str) -> Any:
    """Return the trial of a file, or of the library.

    Raises: CommandFailure when there is neither; InputError for a faulty file.
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
            [f"{name} is neither a file nor the id of a packaged trial{f'; did you mean {near}?' if near else ''}"]
        )
    if not known[trial_id].version.startswith(version):
        raise CommandFailure(
            [f"the packaged version of {trial_id} is {known[trial_id].version}; for another version, name a file"]
        )
    return known[trial_id]


def _changes(changes: list[Any]) -> Iterator[str]:
    for change in changes:
        where = f"{'formerly ' if change.what == 'removed' else ''}{change.path}: {change.what}"
        if change.what == "moved":
            yield f"{where} from {change.before}: {_text(change.new)}"
        elif change.what in ("added", "removed"):
            yield f"{where}: {change.after or change.before}"
        else:
            yield f"{where}\n    - {change.before or '(nothing)'}\n    + {change.after or '(nothing)'}"
    if not changes:
        yield "no change"


def _text(place: Any) -> str:
    from schemas.trials.trial_file import text_of

    return text_of(place.criterion)


def _verdict_changes(affected: list[Any]) -> Iterator[str]:
    for change in affected:
        cohorts = f" (cohorts {_joined(change.cohorts_before)} -> {_joined(change.cohorts_after)})"
        of_cohorts = cohorts if change.cohorts_before != change.cohorts_after else ""
        yield f"{change.patient}: {change.before} -> {change.after}{of_cohorts}, because of {_joined(change.because)}"


def _joined(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


def _summaries(place: Path) -> Iterator[Any]:
    """Yield the summaries in a folder, or on the lines of a file.

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
    """Count the bullets of each source that are encoded, confirmed at the site, or not encoded, with reasons."""
    from authoring.coverage import coverage as covered

    found = [covered(file) for file in trial_files_of(files)]
    total = Counter[str]()
    for trial in found:
        total.update(trial.counts())
    if as_json:
        trials = {trial.trial: {**_share(trial.counts()), "reasons": trial.reasons} for trial in found}
        print_json({"trials": trials, "total": _share(total)})
        return
    rows = [(trial.trial, *_cells(trial.counts())) for trial in found]
    print_table(
        ("Trial", "Bullets", "Encoded", "Confirm", "Not encoded", "Not seen", "Of facts"),
        [*rows, ("Total", *_cells(total))],
    )
    for trial in found:
        click.echo("".join(f"{trial.trial} {bullet}: {why}\n" for bullet, why in trial.reasons.items()), nl=False)


def _share(counts: Any) -> dict[str, Any]:
    from authoring.coverage import encoded_share

    part = encoded_share(counts)
    return {**{key: counts[key] for key in COUNTS}, "share": None if part is None else round(part, 4)}


def _cells(counts: Any) -> list[str]:
    shared = _share(counts)["share"]
    return [*(str(counts[key]) for key in COUNTS), "-" if shared is None else f"{shared:.1%}"]


# --- schema ----------------------------------------------------------------------------------------


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this FILE instead of printing.")
def schema(out: Path | None) -> None:
    """Print the JSON Schema of a trial file, with which editors complete and check it."""
    import json

    from authoring.json_schema import trial_json_schema

    document = trial_json_schema()
    if out is None:
        print_json(document)
    else:
        out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"{out}: {len(document['$defs']['criterion']['oneOf'])} kinds")
