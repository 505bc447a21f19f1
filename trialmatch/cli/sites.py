"""`trialmatch sites`: the hospitals of a service, and their settings."""

import click

from trialmatch.cli.keys import day, open_session, site_of, site_option
from trialmatch.cli.output import as_json, print_json, print_table


@click.group()
def sites() -> None:
    """List sites, and change their settings."""


@sites.command("list")
@as_json
def list_(as_json: bool) -> None:
    """List sites and their settings."""
    from storage.sites import list_sites

    with open_session() as session:
        rows = [(site.name, site.keep_notes, day(site.created_at)) for site in list_sites(session)]
    if as_json:
        print_json([{"site": name, "keep_notes": keep, "created": created} for name, keep, created in rows])
    else:
        print_table(
            ("site", "keeps notes", "created"),
            [(name, "yes" if keep else "no", created) for name, keep, created in rows],
        )


@sites.command("set")
@site_option
@click.option(
    "--keep-notes/--drop-notes",
    required=True,
    help="Keep the text of notes next to the facts read from them. --drop-notes also erases the texts kept so far.",
)
def set_(site_name: str, keep_notes: bool) -> None:
    """Change the settings of a site. By default a site keeps no notes."""
    from storage.notes import set_note_retention as store

    with open_session() as session:
        erased = store(session, site_of(session, site_name).id, keep_notes)
    click.echo("notes are kept" if keep_notes else f"notes are not kept; {erased} texts erased")
