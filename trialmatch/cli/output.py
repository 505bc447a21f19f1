"""Output of commands: tables that fit a pipe, or JSON."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # rich is slow to import, and JSON output does not need it
    from rich.console import Console, RenderableType
    from rich.text import Text

PIPE_COLUMNS = 100

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def print_json(data: Any) -> None:
    """Print data for programs."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: "Iterable[Sequence[str | Text]]", title: str | None = None) -> None:
    """Print rows for readers. Cells are plain text, never markup; only the last column wraps."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column != columns[-1])
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in row))
    _print(table)


def print_lines(lines: Iterable[str]) -> None:
    """Print sentences for readers."""
    from rich.text import Text

    for line in lines:
        _print(Text(line))


def console() -> "Console":
    """Return standard output; without a terminal it has a fixed width and no colours."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_COLUMNS, highlight=False)


def _print(content: "RenderableType") -> None:
    """Print without the trailing blanks of each line where the output is a pipe."""
    target = console()
    if sys.stdout.isatty():
        target.print(content)
        return
    with target.capture() as captured:
        target.print(content)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))
