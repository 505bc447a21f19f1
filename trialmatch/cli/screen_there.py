"""`trialmatch screen FILE --server URL`: the same file through a server, which screens it for the trials of a site."""

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
from trialmatch.cli.batch_client import BatchClient
from trialmatch.cli.client import ApiClient
from trialmatch.cli.failures import CommandFailure

Tell = Callable[[str, float, float], None]


def screen_there(client: ApiClient, file: Path, options: ReadOptions, downloads: dict[str, Path]) -> ScreenTotals:
    """Send a file, wait, and fetch what was asked for: `results?format=csv` or `errors`, each to its file.

    Raises: Failure with what the server says.
    """
    batches = BatchClient(client)
    with _told(), _progress() as tell:
        size = file.stat().st_size
        key = uuid4().hex
        sent = batches.send(file, options.to_json(), key, lambda bytes_: tell("sending", bytes_, size))
        batch = batches.wait(sent, lambda found: _tell_rows(found, tell))
        if batch["progress"]["rows"] or batch["state"] == "done":
            for what, path in downloads.items():
                _fetch(batches, f"{batch['links']['batch']}/{what}", path)
        if batch["state"] != "done":
            raise CommandFailure(_reasons(batch, file))
        return _totals(client.get(batch["links"]["attrition"]))


def _tell_rows(batch: dict[str, Any], tell: Tell) -> None:
    progress = batch["progress"]
    words = f"{batch['state']}: {progress['rows']:,} rows, {progress['bad']:,} bad"
    tell(words, progress["chunks_done"], progress["chunks"])


def _fetch(batches: BatchClient, address: str, path: Path) -> None:
    """Under another name until it is whole."""
    partial = path.with_name(f"{path.name}.partial")
    with partial.open("wb") as out:
        batches.download(address, out)
    partial.replace(path)


def _reasons(batch: dict[str, Any], file: Path) -> list[str]:
    faults = [f"{file}: {fault['message']}" for fault in batch["faults"]]
    return [*faults, f"the batch {batch['id']} is {batch['state']}{': ' + batch['error'] if batch['error'] else ''}"]


def _totals(body: dict[str, Any]) -> ScreenTotals:
    counts = {one["trial"]: {verdict: one[verdict] for verdict in VERDICTS} for one in body["trials"]}
    attrition = {one["trial"]: [Attrition(**line) for line in one["attrition"]] for one in body["trials"]}
    versions = {one["trial"]: one["version"] for one in body["trials"]}
    assumed = tuple(body["assumed_complete"])
    return ScreenTotals(body["rows"], body["matched"], body["bad"], counts, attrition, versions, assumed)


@contextmanager
def _told() -> Iterator[None]:
    """Problem documents and dead servers as failures."""
    try:
        yield
    except HTTPError as error:
        raise CommandFailure(_lines(error)) from None
    except (URLError, OSError) as error:
        raise CommandFailure(
            [f"the server does not answer: {getattr(error, 'reason', type(error).__name__)}"]
        ) from None


def _lines(error: HTTPError) -> list[str]:
    with error:
        try:
            body = json.load(error)
        except ValueError:
            return [f"the server answered {error.code}"]
    faults = [f"{one['path']}: {one['detail']}" for one in body.get("errors", [])]
    return [f"the server answered {error.code}: {body.get('detail', '')}", *faults]


@contextmanager
def _progress() -> Iterator[Tell]:
    """On a terminal a bar; in a pipe nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    terminal = Console(stderr=True)
    with Progress(*columns, console=terminal, disable=not sys.stderr.isatty(), transient=True) as progress:
        bar = progress.add_task("sending", total=None)

        def tell(words: str, done: float, total: float) -> None:
            progress.update(bar, description=words, completed=done, total=total or None)

        yield tell
