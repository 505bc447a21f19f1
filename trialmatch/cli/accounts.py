"""`trialmatch accounts`: accounts that may sign in to the page, and their roles."""

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
    """Create the account NAME, and the site if it is new. Asks for the password, or reads it from standard input."""
    from storage.accounts import create_account

    password = _password()
    with open_session() as session:
        site = site_of(session, site_name, create=True)
        try:
            account = create_account(session, site.id, name, role, password)
        except ValueError as error:
            raise CommandFailure([str(error)]) from None
        created = {"site": site_name, "name": account.name, "role": role}
    if as_json:
        print_json(created)
    else:
        click.echo(f"{created['name']} may sign in at {site_name} as {role}")


@accounts.command("list")
@site_option
@as_json
def list_(site_name: str, as_json: bool) -> None:
    """List the accounts of a site, including disabled ones."""
    from storage.accounts import list_accounts

    with open_session() as session:
        accounts = list_accounts(session, site_of(session, site_name).id)
        rows = [(account.name, account.role, day(account.created_at), day(account.disabled_at)) for account in accounts]
    columns = ("name", "role", "created", "disabled")
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@accounts.command()
@name_argument
@site_option
def disable(name: str, site_name: str) -> None:
    """Disable the account NAME and sign it out everywhere."""
    from storage.accounts import disable_account

    with open_session() as session:
        if not disable_account(session, site_of(session, site_name).id, name):
            raise CommandFailure([NO_ACCOUNT])
    click.echo("disabled")


@accounts.command()
@name_argument
@site_option
def reset(name: str, site_name: str) -> None:
    """Give the account NAME a new password, enable it, and sign it out everywhere."""
    from storage.accounts import reset_password

    password = _password()
    with open_session() as session:
        try:
            exists = reset_password(session, site_of(session, site_name).id, name, password)
        except ValueError as error:
            raise CommandFailure([str(error)]) from None
        if not exists:
            raise CommandFailure([NO_ACCOUNT])
    click.echo("password changed")


def _password() -> str:
    """Ask twice on a terminal, else read a line of standard input. Never an argument: other users can see those."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return password
    return sys.stdin.readline().rstrip("\r\n")


NO_ACCOUNT = "this site has no active account of this name; see `trialmatch accounts list`"
