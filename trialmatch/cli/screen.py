"""`trialmatch screen`: a registry file against every trial, on all cores, without a server."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.failures import CommandFailure
from trialmatch.cli.output import as_json, print_json, print_lines, print_table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
SHOWN = 5
"""Faults of rows that are printed where no errors file is asked for."""


@click.command()
@click.argument("file", type=FILE, required=False)
@click.option("-o", "--out", type=OUT, help="Write the verdicts to this .parquet, .ndjson or .csv file.")
@click.option("--errors", type=OUT, help="Write row, path and message of every bad row to this CSV file.")
@click.option("--format", "format_", type=click.Choice(["ndjson", "csv", "tsv", "parquet"]), help="What FILE is.")
@click.option("--delimiter", help="What divides the columns; found out if left out.")
@click.option("--decimal", default=".", help="The decimal mark, `.` or `,`.", show_default=True)
@click.option("--mapping", type=FILE, help="A JSON file that leads from headers to facts.")
@click.option("--long", "long_", is_flag=True, help="Several rows a patient, as REDCap exports repeated records.")
@click.option("--assume-complete", default="", help="Lists that leave nothing out, such as therapies,conditions.")
@click.option("--missing", multiple=True, help="A word that means that nothing is stated; may be repeated.")
@click.option("--notes", help="The column of notes.")
@click.option("--deidentified", is_flag=True, help="Assert that the notes are de-identified.")
@click.option("--as-of", type=click.IntRange(1900, 2200), help="The year of the registry: dates the years in it.")
@click.option("--ignore-unmapped", is_flag=True, help="Leave out columns whose header names no fact.")
@click.option(
    "--trials", type=click.Path(exists=True, path_type=Path), help="A folder of trials for the packaged ones."
)
@click.option(
    "--processes",
    type=click.IntRange(0),
    default=0,
    help="0: as many as are worth it, up to one a core.",
    show_default=True,
)
@click.option(
    "--server", help="Let this server screen it, such as http://127.0.0.1:8000, for the trials of the key's site."
)
@click.option("--key", envvar="TRIALMATCH_KEY", help="The API key for --server; or the variable TRIALMATCH_KEY.")
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
    gc.disable()  # until all is loaded, which stays: to look through it again and again takes a tenth of the start
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
        return _run_there(file, out, kind, errors, given)
    return _run(file, out, kind, errors, given)


def _print_template(long: bool) -> None:
    from registry.decode.template import template_csv

    click.echo(template_csv(long=long), nl=False)


def _kind(out: Path | None) -> str:
    from registry.screen.export import RESULT_FORMATS

    kind = out.suffix.removeprefix(".") if out else "parquet"
    if kind not in RESULT_FORMATS:
        raise click.UsageError(f"the output must end with .{', .'.join(RESULT_FORMATS)}")
    return kind


def _run(file: Path, out: Path | None, kind: str, errors: Path | None, given: dict[str, Any]) -> Any:
    """All chunks to their files, and the totals.

    Raises: InputError with the file's name for a fault of the file itself; what was written stays as `.partial`.
    """
    from registry.read.source import ByteSource
    from registry.screen.parallel import prefetch_chunks, processes_for, screen_chunks
    from registry.screen.totals import ScreenTotals
    from schemas.inputs.faults import InputError

    options, totals, size = _options(given), ScreenTotals(), file.stat().st_size
    try:
        with file.open("rb") as stream:
            source = ByteSource(stream, options)
            processes = given["processes"] or processes_for(source, size)
            with prefetch_chunks(source, options, size) as chunks:
                results = screen_chunks(chunks, _trials(given["trials"]), options, processes)
                gc.enable()
                with _written(out) as target, _errors_file(errors) as tell:
                    _write(_followed(results, totals, tell, source, size), kind, target)
    except InputError as error:
        kept = [f"what came before it is in {out}.partial"] if out and totals.rows else []
        raise CommandFailure([*(str(fault) for fault in error.placed(str(file)).faults), *kept]) from None
    return totals


def _trials(folder: Path | None) -> list[Any]:
    from schemas.trials.library import load_library

    trials = list(load_library(folder).trials.values())
    if not trials:
        raise CommandFailure(["there is no trial to screen for"])
    return trials


def _run_there(file: Path, out: Path | None, kind: str, errors: Path | None, given: dict[str, Any]) -> Any:
    """The same through a server. Raises: UsageError, Failure."""
    from trialmatch.cli.client import ApiClient
    from trialmatch.cli.screen_there import screen_there

    if given["trials"] or not given["key"] or not given["deidentified"]:
        raise click.UsageError("--server needs --key and --deidentified, and takes the trials of the site")
    asked = {f"results?format={kind}": out, "errors": errors}
    client = ApiClient(given["server"].rstrip("/"), given["key"])
    return screen_there(client, file, _options(given), {what: path for what, path in asked.items() if path})


def _options(given: dict[str, Any]) -> Any:
    """Raises: InputError, or Failure for a mapping that is no JSON."""
    from registry.options import ReadOptions
    from schemas.inputs.strict_json import NotJson, read_json

    stated = {
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
            stated["mapping"] = read_json(given["mapping"].read_bytes())
        except NotJson as error:
            raise error.placed(str(given["mapping"])) from None
    return ReadOptions.from_json(stated)


@contextmanager
def _written(out: Path | None) -> Iterator[Any]:
    """The output under another name until it is whole."""
    if out is None:
        yield None
        return
    partial = out.with_name(f"{out.name}.partial")
    with partial.open("wb") as target:
        yield target
    partial.replace(out)


@contextmanager
def _errors_file(errors: Path | None) -> Iterator[Any]:
    """A function that tells the faults of a chunk."""
    from registry.screen.export import stream_errors

    if errors is None:
        shown: list[Any] = []

        def tell(faults: Any) -> None:
            shown.extend(faults[: SHOWN - len(shown)])

        yield tell
        for fault in shown:
            click.echo(f"row {fault.row}: {fault.path or 'the row'}: {fault.message}", err=True)
        return
    with errors.open("wb") as file:
        file.write(next(iter(stream_errors([]))))

        def write(faults: Any) -> None:
            parts = stream_errors(faults)
            next(parts)
            file.writelines(parts)

        yield write


def _write(results: Iterator[Any], kind: str, target: Any) -> None:
    from registry.screen.export import write_results

    if target is None:
        for _ in results:
            pass
    else:
        write_results(results, kind, target)


def _followed(results: Iterator[Any], totals: Any, tell: Any, source: Any, size: int) -> Iterator[Any]:
    """The results, counted; on a terminal with a bar that shows how far the file is read."""
    with _bar(size) as show:
        for result in results:
            totals.add(result)
            tell(result.faults)
            show(source.file_bytes_read, f"{totals.rows:,} rows, {totals.bad:,} bad")
            yield result


@contextmanager
def _bar(size: int) -> Iterator[Callable[[int, str], None]]:
    """A function that shows so many bytes of so many, and a few words."""
    if not sys.stderr.isatty():
        yield lambda done, words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("0 rows", total=size or None)
        yield lambda done, words: progress.update(task, completed=done, description=words)


def _print(totals: Any) -> None:
    from matching.verdict import VERDICTS
    from verdicts.match_schema import NOTICE

    rows = [(trial, *(f"{counts[verdict]:,}" for verdict in VERDICTS)) for trial, counts in totals.counts.items()]
    print_table(("Trial", "Eligible", "Possible", "Ineligible"), rows)
    lines = [f"{totals.rows:,} rows: {totals.matched:,} matched, {totals.bad:,} bad."]
    if totals.assumed:
        lines.append(f"Taken for complete unless a row says otherwise: {', '.join(totals.assumed)}.")
    print_lines([*lines, NOTICE])
