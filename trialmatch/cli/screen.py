"""`trialmatch screen`: screen a registry file for every trial, on all cores, without a server."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from schemas.summary.quantity import FIRST_YEAR, LAST_YEAR
from trialmatch.cli.failures import CommandFailure
from trialmatch.cli.output import as_json, print_json, print_lines, print_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
PRINTED_FAULTS = 5
"""Faults of rows that are printed if no errors file is asked for."""


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("-o", "--out", type=OUT, help="Write the verdicts to this .parquet, .ndjson or .csv file.")
@click.option("--errors", type=OUT, help="Write row, path and message of every bad row to this CSV file.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["ndjson", "csv", "tsv", "parquet"]),
    help="Format of FILE (detected if omitted).",
)
@click.option("--delimiter", help="Column separator (detected if omitted).")
@click.option("--decimal", default=".", help="Decimal mark, `.` or `,`.", show_default=True)
@click.option("--mapping", type=FILE, help="JSON file that maps headers to facts.")
@click.option("--long", "long_", is_flag=True, help="Several rows per patient, like REDCap's repeated records.")
@click.option(
    "--assume-complete", default="", help="Lists that are complete in every row, such as therapies,conditions."
)
@click.option("--missing", multiple=True, help="Treat this word as 'not stated' (repeatable).")
@click.option("--notes", help="Column of clinical notes.")
@click.option("--deidentified", is_flag=True, help="Confirm that the notes are de-identified.")
@click.option(
    "--as-of",
    type=click.IntRange(FIRST_YEAR, LAST_YEAR),
    help="Year of the registry, to work out how long ago events were.",
)
@click.option("--ignore-unmapped", is_flag=True, help="Ignore columns whose header is not recognised.")
@click.option(
    "--trials",
    type=click.Path(exists=True, path_type=Path),
    help="Folder of trials to use instead of the packaged ones.",
)
@click.option(
    "--processes",
    type=click.IntRange(0),
    default=0,
    help="Number of processes; 0: as many as are useful, up to one a core.",
    show_default=True,
)
@click.option(
    "--server", help="Screen on this server, such as http://127.0.0.1:8000, for the trials of the key's site."
)
@click.option("--key", envvar="TRIALMATCH_KEY", help="API key for --server; default: the variable TRIALMATCH_KEY.")
@click.option("--template", is_flag=True, help="Print the header of a table with every fact, and stop.")
@as_json
def screen(
    file: Path | None, out: Path | None, errors: Path | None, template: bool, as_json: bool, **given: Any
) -> None:
    """Screen the registry in FILE (NDJSON, CSV, TSV or Parquet; plain, gzip or zstd) for every trial."""
    if template:
        _print_template(given["long_"])
        return
    if file is None:
        raise click.UsageError("name the FILE to screen, or ask for the --template")
    gc.disable()  # until all is loaded and stays loaded: collecting meanwhile takes a tenth of the start
    try:
        totals = _screened(file, out, errors, given)
    finally:
        gc.enable()
    if as_json:
        print_json(totals.to_json())
    else:
        _print(totals)


def _screened(file: Path, out: Path | None, errors: Path | None, given: dict[str, Any]) -> Any:
    kind = _kind(out)
    if given["server"]:
        return _screen_on_server(file, out, kind, errors, given)
    return _screen_here(file, out, kind, errors, given)


def _print_template(long: bool) -> None:
    from registry.decode.template import template_csv

    click.echo(template_csv(long=long), nl=False)


def _kind(out: Path | None) -> str:
    from registry.screen.export import RESULT_FORMATS

    kind = out.suffix.removeprefix(".") if out else "parquet"
    if kind not in RESULT_FORMATS:
        raise click.UsageError(f"the output must end with .{', .'.join(RESULT_FORMATS)}")
    return kind


def _screen_here(file: Path, out: Path | None, kind: str, errors: Path | None, given: dict[str, Any]) -> Any:
    """Write the results of all chunks, and return the totals.

    Raises: CommandFailure with the file's name for a fault of the file itself; rows before it are kept as `.partial`.
    """
    from registry.read.source import ByteSource
    from registry.screen.parallel import prefetch_chunks, processes_for, screen_chunks
    from registry.screen.totals import ScreenTotals
    from schemas.inputs.faults import InputError
    from trialmatch.extras import require

    options, totals, size = _options(given), ScreenTotals(), file.stat().st_size
    if options.notes is not None:
        require("spacy", "Reading notes")
    try:
        with file.open("rb") as stream:
            source = ByteSource(stream, options)
            processes = given["processes"] or processes_for(source, size)
            with prefetch_chunks(source, options, size) as chunks:
                results = screen_chunks(chunks, _trials(given["trials"]), options, processes)
                gc.enable()
                with _written(out) as target, _errors_file(errors) as report:
                    _write(_followed(results, totals, report, source, size), kind, target)
    except InputError as error:
        kept = [f"the rows before it are in {out}.partial"] if out and totals.rows else []
        raise CommandFailure([*(str(fault) for fault in error.placed(str(file)).faults), *kept]) from None
    return totals


def _trials(folder: Path | None) -> list[Any]:
    from schemas.trials.library import load_library

    trials = list(load_library(folder).trials.values())
    if not trials:
        raise CommandFailure(["there are no trials to screen for"])
    return trials


def _screen_on_server(file: Path, out: Path | None, kind: str, errors: Path | None, given: dict[str, Any]) -> Any:
    """Raises: UsageError, CommandFailure."""
    from trialmatch.cli.screen_on_server import screen_on_server
    from trialmatch.client import Client

    if given["trials"] or not given["key"] or not given["deidentified"]:
        raise click.UsageError("--server needs --key and --deidentified, and uses the trials of the site")
    downloads = {f"results?format={kind}": out, "errors": errors}
    client = Client(given["server"], given["key"])
    return screen_on_server(client, file, _options(given), {name: path for name, path in downloads.items() if path})


def _options(given: dict[str, Any]) -> Any:
    """Raises: InputError."""
    from registry.options import ReadOptions
    from schemas.inputs.strict_json import NotJson, read_json

    options = {
        "format": given["format_"],
        "delimiter": given["delimiter"],
        "decimal": given["decimal"],
        "long": given["long_"],
        "assume_complete": [name.strip() for name in given["assume_complete"].split(",") if name.strip()],
        "missing": list(given["missing"]),
        "notes": given["notes"],
        "deidentified": given["deidentified"],
        "as_of": given["as_of"],
        "ignore_unmapped": given["ignore_unmapped"],
    }
    if given["mapping"] is not None:
        try:
            options["mapping"] = read_json(given["mapping"].read_bytes())
        except NotJson as error:
            raise error.placed(str(given["mapping"])) from None
    return ReadOptions.from_json(options)


@contextmanager
def _written(out: Path | None) -> Iterator[Any]:
    """Open the output under another name, and rename it when it is complete."""
    if out is None:
        yield None
        return
    partial = out.with_name(f"{out.name}.partial")
    with partial.open("wb") as target:
        yield target
    partial.replace(out)


@contextmanager
def _errors_file(errors: Path | None) -> Iterator[Any]:
    """Yield a function that reports the faults of a chunk: to the errors file, or the first few to standard error."""
    from registry.screen.export import stream_errors

    if errors is None:
        printed: list[Any] = []
        yield lambda faults: printed.extend(faults[: PRINTED_FAULTS - len(printed)])
        for fault in printed:
            click.echo(f"row {fault.row}: {fault.path or 'the row'}: {fault.message}", err=True)
        return
    with errors.open("wb") as file:
        file.write(next(iter(stream_errors([]))))

        def write(faults: Any) -> None:
            lines = stream_errors(faults)
            next(lines)  # the header is written already
            file.writelines(lines)

        yield write


def _write(results: Iterator[Any], kind: str, target: Any) -> None:
    from registry.screen.export import write_results

    if target is None:
        for _ in results:
            pass
    else:
        write_results(results, kind, target)


def _followed(results: Iterator[Any], totals: Any, report: Any, source: Any, size: int) -> Iterator[Any]:
    """Yield the results, counted; on a terminal with a bar that shows how much of the file is read."""
    with _progress_bar(size) as show:
        for result in results:
            totals.add(result)
            report(result.faults)
            show(source.file_bytes_read, f"{totals.rows:,} rows, {totals.bad:,} bad")
            yield result


@contextmanager
def _progress_bar(size: int) -> Iterator[Callable[[int, str], None]]:
    """Yield a function that shows the number of bytes read and a text."""
    if not sys.stderr.isatty():
        yield lambda done, text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("0 rows", total=size or None)
        yield lambda done, text: progress.update(task, completed=done, description=text)


def _print(totals: Any) -> None:
    from matching.verdict import VERDICTS
    from verdicts.match_schema import NOTICE

    rows = [(trial, *(f"{counts[verdict]:,}" for verdict in VERDICTS)) for trial, counts in totals.counts.items()]
    print_table(("Trial", "Eligible", "Possible", "Ineligible"), rows)
    lines = [f"{totals.rows:,} rows: {totals.matched:,} matched, {totals.bad:,} bad."]
    if totals.assumed:
        lines.append(f"Assumed complete unless a row says otherwise: {', '.join(totals.assumed)}.")
    print_lines([*lines, NOTICE])
