"""`trialmatch demo`: run the whole service on example patients, and leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from trialmatch.cli.keys import site_of
from trialmatch.cli.output import as_json, print_json

EXAMPLES = Path(str(files("trialmatch"))) / "examples" / "patients"


@click.command()
@click.argument("summaries", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def demo(summaries: tuple[Path, ...], as_json: bool) -> None:
    """Start the embedded stack, submit SUMMARIES (default: the examples) over HTTP, print the results, stop."""
    from schemas.summary.facts import dump_patient
    from trialmatch.cli.match import read_patient

    paths = list(summaries) or sorted(EXAMPLES.glob("*.json"))
    patients = [dump_patient(read_patient(path)) for path in paths]
    with TemporaryDirectory(prefix="trialmatch-demo-") as folder:
        results = list(_matched(patients, Path(folder), quiet=as_json))
    if as_json:
        print_json(results)


def _matched(patients: list[Any], folder: Path, quiet: bool) -> Iterator[Any]:
    """Print and yield each result as soon as it is stored; stop the stack after the last."""
    from settings.configuration import Settings
    from trialmatch.cli.match_table import print_result
    from trialmatch.client import Client
    from workers.embedded.stack import Stack

    with Stack(Settings(data_dir=folder), port=0) as stack:
        client = Client(stack.url, _new_key(stack.settings.database_url))
        _report(f"The embedded stack runs at {stack.url}: queue, two workers, sweeper, web server.", quiet)
        submissions = [client.submit_patient(patient) for patient in patients]
        _report(f"Submitted {len(submissions)} patients over HTTP.\n", quiet)
        for submission in submissions:
            result = client.wait_for_matches(submission)
            if not quiet:
                print_result(result)
                click.echo()
            yield result
    _report("The embedded stack has stopped and its data is deleted.", quiet)


def _report(text: str, quiet: bool) -> None:
    if not quiet:
        click.echo(text)


def _new_key(database_url: str) -> str:
    from storage.sites import create_key

    with _demo_site(database_url) as (session, site_id):
        return create_key(session, site_id, "coordinator", "demo")


def make_demo_account(database_url: str) -> tuple[str, str]:
    """Return name and new password of the account `demo`, which is created if it does not exist."""
    from secrets import token_urlsafe

    from storage.accounts import create_account, reset_password

    password = token_urlsafe(15)
    with _demo_site(database_url) as (session, site_id):
        if not reset_password(session, site_id, "demo", password):
            create_account(session, site_id, "demo", "admin", password)
    return "demo", password


@contextmanager
def _demo_site(database_url: str) -> Iterator[tuple[Any, str]]:
    """Open a transaction, and yield it with the site Demo, which has the trials of the library."""
    from storage.database import open_database

    database = open_database(database_url)
    with database.session() as session:
        yield session, site_of(session, "Demo", create=True).id
    database.close()
