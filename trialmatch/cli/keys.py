"""`trialmatch keys`: who may use the service, and as what."""

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
@click.option("--label", default="", help="Whose key it is, for the list of keys.")
@as_json
def create(site_name: str, role: str, label: str, as_json: bool) -> None:
    """Create a key, and the site if it is new. The key is shown this once."""
    from storage.sites import create_key

    with open_session() as session:
        site = site_of(session, site_name, create=True)
        key = create_key(session, site.id, role, label)
    if as_json:
        print_json({"site": site_name, "role": role, "label": label, "key": key})
        return
    click.echo(key)
    click.echo(f"A key of {site_name} for the role {role}; it is stored as a hash and cannot be shown again.", err=True)


@keys.command("list")
@site_option
@as_json
def list_(site_name: str, as_json: bool) -> None:
    """List the keys of a site, revoked ones too."""
    from storage.sites import list_keys

    with open_session() as session:
        found = list_keys(session, site_of(session, site_name).id)
        rows = [(one.id, one.role, one.label, day(one.created_at), day(one.revoked_at)) for one in found]
    columns = ("id", "role", "label", "created", "revoked")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@keys.command()
@site_option
@click.argument("key_id")
def revoke(site_name: str, key_id: str) -> None:
    """Make the key with this id useless from now on."""
    from storage.sites import revoke_key

    with open_session() as session:
        if not revoke_key(session, site_of(session, site_name).id, key_id):
            raise CommandFailure(["this site has no such key in use; see `trialmatch keys list`"])
    click.echo("revoked")


@contextmanager
def open_session() -> Iterator[Any]:
    """A transaction on the database of the environment."""
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
    """The site of this name. A new site starts with the trials of the library.

    Raises: Failure when there is none of that name.
    """
    from schemas.trials.library import load_library
    from storage.sites import create_site, find_site
    from storage.trials import sync_library

    site = find_site(session, name)
    if site is None and create:
        site = create_site(session, name)
        sync_library(session, site.id, load_library())
    if site is None:
        raise CommandFailure(["there is no site of this name; `trialmatch keys create` and `accounts create` make one"])
    return site


def day(moment: Any) -> str:
    """A day as tables show it."""
    return moment.date().isoformat() if moment else ""
