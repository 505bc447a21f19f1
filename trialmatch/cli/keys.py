"""`trialmatch keys`: API keys of a site, and their roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from settings.roles import ROLES
from trialmatch.cli.failures import CommandFailure
from trialmatch.cli.output import as_json, print_json, print_table

site_option = click.option("--site", "site_name", required=True, help="Name of the site.")


@click.group()
def keys() -> None:
    """Create, list and revoke API keys."""


@keys.command()
@site_option
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--label", default="", help="Owner of the key, shown in the list.")
@as_json
def create(site_name: str, role: str, label: str, as_json: bool) -> None:
    """Create a key, and the site if it is new. The key is shown only once."""
    from storage.sites import create_key

    with open_session() as session:
        site = site_of(session, site_name, create=True)
        key = create_key(session, site.id, role, label)
    if as_json:
        print_json({"site": site_name, "role": role, "label": label, "key": key})
        return
    click.echo(key)
    click.echo(f"Key of {site_name} with the role {role}. Only its hash is stored: it cannot be shown again.", err=True)


@keys.command("list")
@site_option
@as_json
def list_(site_name: str, as_json: bool) -> None:
    """List the keys of a site, including revoked ones."""
    from storage.sites import list_keys

    with open_session() as session:
        keys = list_keys(session, site_of(session, site_name).id)
        rows = [(key.id, key.role, key.label, day(key.created_at), day(key.revoked_at)) for key in keys]
    columns = ("id", "role", "label", "created", "revoked")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@keys.command()
@site_option
@click.argument("key_id")
def revoke(site_name: str, key_id: str) -> None:
    """Revoke the key with this id; it is rejected from now on."""
    from storage.sites import revoke_key

    with open_session() as session:
        if not revoke_key(session, site_of(session, site_name).id, key_id):
            raise CommandFailure(["this site has no active key with this id; see `trialmatch keys list`"])
    click.echo("revoked")


@contextmanager
def open_session() -> Iterator[Any]:
    """Open a transaction on the database that the environment configures."""
    import os

    from settings.configuration import Settings
    from storage.database import open_database

    database = open_database(Settings.from_env(os.environ).database_url)
    try:
        with database.session() as session:
            yield session
    finally:
        database.close()


def site_of(session: Any, name: str, create: bool = False) -> Any:
    """Return the site of this name. A new site starts with the trials of the library.

    Raises: CommandFailure when there is no site of this name.
    """
    from schemas.trials.library import load_library
    from storage.sites import create_site, find_site
    from storage.trials import sync_library

    site = find_site(session, name)
    if site is None and create:
        site = create_site(session, name)
        sync_library(session, site.id, load_library())
    if site is None:
        raise CommandFailure(
            ["no site has this name; `trialmatch keys create` and `trialmatch accounts create` create one"]
        )
    return site


def day(moment: Any) -> str:
    """Return the day of a moment as tables show it."""
    return moment.date().isoformat() if moment else ""
