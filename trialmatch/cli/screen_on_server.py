"""`trialmatch screen FILE --server URL`: let a server screen the file for the trials of a site."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from uuid import uuid4

from matching.verdict import VERDICTS
from registry.options import ReadOptions
from registry.screen.attrition import Attrition
from registry.screen.totals import ScreenTotals
from trialmatch.cli.failures import CommandFailure
from trialmatch.client import Client

ShowProgress = Callable[[str, float, float], None]
"""Shows a text, how much is done, and the total."""


def screen_on_server(client: Client, file: Path, options: ReadOptions, downloads: dict[str, Path]) -> ScreenTotals:
    """Upload a file, wait, and download what was asked for: `results?format=csv` or `errors`, each to its file.

    Raises: CommandFailure with the answer of the server.
    """
    with _server_errors(), _progress_bar() as show:
        size = file.stat().st_size
        uploaded = client.upload_batch(
            file, options.to_json(), uuid4().hex, lambda sent_bytes: show("sending", sent_bytes, size)
        )
        batch = client.wait_for_batch(uploaded, lambda state: _show_rows(state, show))
        if batch["progress"]["rows"] or batch["state"] == "done":
            for name, path in downloads.items():
                _download(client, f"{batch['links']['batch']}/{name}", path)
        if batch["state"] != "done":
            raise CommandFailure(_reasons(batch, file))
        return _totals(client.get(batch["links"]["attrition"]))


def _show_rows(batch: dict[str, Any], show: ShowProgress) -> None:
    progress = batch["progress"]
    text = f"{batch['state']}: {progress['rows']:,} rows, {progress['bad']:,} bad"
    show(text, progress["chunks_done"], progress["chunks"])


def _download(client: Client, address: str, path: Path) -> None:
    """Download under another name, and rename the file when it is complete."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as out:
        client.download(address, out)
    partial.replace(path)


def _reasons(batch: dict[str, Any], file: Path) -> list[str]:
    faults = [f"{file}: {fault['message']}" for fault in batch["faults"]]
    return [*faults, f"the batch {batch['id']} is {batch['state']}{': ' + batch['error'] if batch['error'] else ''}"]


def _totals(body: dict[str, Any]) -> ScreenTotals:
    trials = body["trials"]
    counts = {trial["trial"]: {verdict: trial[verdict] for verdict in VERDICTS} for trial in trials}
    attrition = {trial["trial"]: [Attrition(**line) for line in trial["attrition"]] for trial in trials}
    versions = {trial["trial"]: trial["version"] for trial in trials}
    assumed = tuple(body["assumed_complete"])
    return ScreenTotals(body["rows"], body["matched"], body["bad"], counts, attrition, versions, assumed)


@contextmanager
def _server_errors() -> Iterator[None]:
    """Turn problem documents and unreachable servers into failures of the command."""
    try:
        yield
    except HTTPError as error:
        raise CommandFailure(_lines(error)) from None
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", type(error).__name__)
        raise CommandFailure([f"the server does not answer: {reason}"]) from None


def _lines(error: HTTPError) -> list[str]:
    with error:
        try:
            body = json.load(error)
        except ValueError:
            return [f"the server answered {error.code}"]
    faults = [f"{fault['path']}: {fault['detail']}" for fault in body.get("errors", [])]
    return [f"the server answered {error.code}: {body.get('detail', '')}", *faults]


@contextmanager
def _progress_bar() -> Iterator[ShowProgress]:
    """Show a bar on a terminal, and nothing in a pipe."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    terminal = Console(stderr=True)
    with Progress(*columns, console=terminal, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("sending", total=None)

        def show(text: str, done: float, total: float) -> None:
            progress.update(task, description=text, completed=done, total=total or None)

        yield show
