"""`python -m benchmarks NAME`: measure matching, screening, the queue and recovery on this machine."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from settings.configuration import Settings
from trialmatch.cli.output import as_json, print_json, print_table

DATABASES = ("sqlite", "postgresql")

trials_option = click.option(
    "--trials", type=click.IntRange(1), default=8, show_default=True, help="Trials matched against."
)


@click.group()
def main() -> None:
    """Measure matching, screening, the queue and recovery on this machine."""


@main.command()
@click.option("--rows", type=click.IntRange(100), default=100_000, show_default=True, help="Patients of the cohort.")
@trials_option
@as_json
def match(rows: int, trials: int, as_json: bool) -> None:
    """One patient against trials, with reasons and without, and a cohort against one patient at a time."""
    from benchmarks.match import measure

    _print(measure(rows, trials), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(10), default=200, show_default=True, help="Submissions measured.")
@trials_option
@as_json
def queue(rows: int, trials: int, as_json: bool) -> None:
    """From submission to stored result, against a task that only reads and writes one row."""
    from benchmarks.queue import measure

    _print(measure(rows, trials), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(1_000), default=100_000, show_default=True, help="Rows of the registry.")
@as_json
def batch(rows: int, as_json: bool) -> None:
    """A registry through HTTP, queue and database against the command line, and submissions meanwhile against idle."""
    from benchmarks.batch import measure

    _print(measure(rows), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(10), default=20_000, show_default=True, help="Notes read for the memory.")
@as_json
def extract(rows: int, as_json: bool) -> None:
    """Notes of 200 words read per second on one core, memory kept afterwards, and the time of the first note."""
    from benchmarks.extract import measure

    _print(measure(rows), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(10), default=2_000, show_default=True, help="Stored patients of the site.")
@as_json
def rescreen(rows: int, as_json: bool) -> None:
    """Stored patients matched again after the edit of one trial, against matching them against all trials."""
    from benchmarks.rescreen import measure

    _print(measure(rows), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(3), default=50, show_default=True, help="Requests measured.")
@as_json
def page(rows: int, as_json: bool) -> None:
    """Server time of the result page with the site's trials, and its weight without Bootstrap."""
    from benchmarks.page import measure

    _print(measure(rows), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(100), default=100_000, show_default=True, help="Patients of the registry.")
@as_json
def screen(rows: int, as_json: bool) -> None:
    """A registry file to verdicts: time and memory, against parsing it, DuckDB, and one row after the other."""
    from benchmarks.screen import measure

    _print(measure(rows), as_json)


database_option = click.option(
    "--database",
    "databases",
    type=click.Choice(DATABASES),
    multiple=True,
    default=DATABASES,
    help="Database of the stack; may be repeated. Both by default.",
)


@main.command()
@click.option("--rows", type=click.IntRange(10), default=1_000, show_default=True, help="Patients submitted.")
@database_option
@as_json
def kill_worker(rows: int, databases: tuple[str, ...], as_json: bool) -> None:
    """Submissions while a worker is killed: results lost or duplicated, and seconds to recover. Exit 1 if it fails."""
    from support.kill_worker import describe_recovery, kill_worker

    passed = True
    for database in databases:
        with _postgres_for(database) as server, TemporaryDirectory(prefix="trialmatch-kill-") as folder:
            url = server.url(server.make_database()) if server else ""
            outcome = kill_worker(Settings(data_dir=Path(folder), database_url=url), rows)
        passed = passed and outcome.passed
        _print_outcome(asdict(outcome), describe_recovery(outcome), as_json)
    sys.exit(0 if passed else 1)


@main.command()
@click.option("--rows", type=click.IntRange(1_000), default=200_000, show_default=True, help="Rows of the registry.")
@click.option("--chunk-rows", type=click.IntRange(100), default=5_000, show_default=True, help="Rows of a chunk.")
@database_option
@as_json
def kill_batch(rows: int, chunk_rows: int, databases: tuple[str, ...], as_json: bool) -> None:
    """A batch while each part of the stack is killed in turn, its results compared byte by byte. Exit 1 if it fails."""
    from support.kill_batch import describe_batch_outcome, kill_each_part, running_stack

    passed = True
    for database in databases:
        with (
            TemporaryDirectory(prefix="trialmatch-kill-") as folder,
            _postgres_for(database) as server,
            running_stack(
                Settings(data_dir=Path(folder) / "stack", batch_chunk_rows=chunk_rows, log_level="WARNING"),
                rows,
                server,
            ) as disturbed,
        ):
            for outcome in kill_each_part(disturbed):
                passed = passed and outcome.passed(rows)
                _print_outcome(asdict(outcome), describe_batch_outcome(outcome), as_json)
    sys.exit(0 if passed else 1)


@contextmanager
def _postgres_for(database: str) -> Iterator[Any]:
    """A PostgreSQL server that syncs to disk, or None for SQLite."""
    if database == "sqlite":
        yield None
        return
    from support.servers import running_postgres

    with running_postgres(durable=True) as server:
        yield server


def _print_outcome(figures: dict[str, Any], text: str, as_json: bool) -> None:
    """Print one line, as soon as it is known."""
    click.echo(json.dumps(figures) if as_json else text)


def _print(figures: dict[str, float], as_json: bool) -> None:
    if as_json:
        print_json(figures)
    else:
        print_table(("Figure", "Value"), [(name.replace("_", " "), f"{value:,.4g}") for name, value in figures.items()])


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
