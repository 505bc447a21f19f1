"""`trialmatch accounts`: who may sign in to the page, and as what."""

import sys

import click

from settings.roles import ROLES
from trialmatch.cli.failures import CommandFailure
from trialmatch.cli.keys import day, open_session, site_of, site_option
from trialmatch.cli.output import as_json, print_json, print_table

name_argument = click.argument("name")


@click.group()
def accounts() -> None:
    """Create, list, disable and reset accounts for the page."""


@accounts.command()
@name_argument
@site_option
@click.option("--role", type=click.Choice(ROLES), required=True)
@as_json
def create(name: str, site_name: str, role: str, as_json: bool) -> None:
    """Create the account NAME, and the site if it is new. The password is asked for, or read from standard input."""
    from storage.accounts import create_account

    password = _password()
    with open_session() as session:
        site = site_of(session, site_name, create=True)
        try:
            made = create_account(session, site.id, name, role, password)
        except ValueError as error:
            raise CommandFailure([str(error)]) from None
        shown = {"site": site_name, "name": made.name, "role": role}
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{shown['name']} may sign in at {site_name} as {role}")


@accounts.command("list")
@site_option
@as_json
def list_(site_name: str, as_json: bool) -> None:
    """List the accounts of a site, disabled ones too."""
    from storage.accounts import list_accounts

    with open_session() as session:
        found = list_accounts(session, site_of(session, site_name).id)
        rows = [(one.name, one.role, day(one.created_at), day(one.disabled_at)) for one in found]
    columns = ("name", "role", "created", "disabled")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@accounts.command()
@name_argument
@site_option
def disable(name: str, site_name: str) -> None:
    """End every sign-in of the account NAME and let it have no other."""
    from storage.accounts import disable_account

    with open_session() as session:
        if not disable_account(session, site_of(session, site_name).id, name):
            raise CommandFailure([NONE])
    click.echo("disabled")


@accounts.command()
@name_argument
@site_option
def reset(name: str, site_name: str) -> None:
    """Give the account NAME a new password; it is in use again, and its sign-ins end."""
    from storage.accounts import reset_password

    password = _password()
    with open_session() as session:
        try:
            known = reset_password(session, site_of(session, site_name).id, name, password)
        except ValueError as error:
            raise CommandFailure([str(error)]) from None
        if not known:
            raise CommandFailure([NONE])
    click.echo("the password is changed")


def _password() -> str:
    """Asked for twice at a terminal; else the first line of standard input. Never an argument: those are public."""
    if sys.stdin.isatty():
        asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


NONE = "this site has no such account in use; see `trialmatch accounts list`"
