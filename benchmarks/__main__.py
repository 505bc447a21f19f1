"""`python -m benchmarks NAME`: measure matching, screening and the queue on this machine."""

import click

from trialmatch.cli.output import as_json, print_json, print_table

trials_option = click.option(
    "--trials", type=click.IntRange(1), default=8, show_default=True, help="Trials matched against."
)


@click.group()
def main() -> None:
    """Measure matching, screening and the queue on this machine."""


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
    """Notes of 200 words read a second on one core, the memory that leaves behind, and the first note."""
    from benchmarks.extract import measure

    _print(measure(rows), as_json)


@main.command()
@click.option("--rows", type=click.IntRange(10), default=2_000, show_default=True, help="Stored patients of the site.")
@as_json
def rescreen(rows: int, as_json: bool) -> None:
    """Stored patients matched anew after the edit of one trial, against matching them against all trials."""
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


def _print(figures: dict[str, float], as_json: bool) -> None:
    if as_json:
        print_json(figures)
    else:
        print_table(("Figure", "Value"), [(name.replace("_", " "), f"{value:,.4g}") for name, value in figures.items()])


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
