"""The command line: `trialmatch COMMAND`. Exit 0: done. 1: error in the input. 2: wrong usage or a missing extra."""

import click

from trialmatch.cli import (
    accounts,
    authoring,
    definitions,
    demo,
    extract,
    keys,
    match,
    screen,
    servers,
    sites,
    trials,
)
from trialmatch.cli.failures import CommandGroup


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trialmatch")
def main() -> None:
    """Pre-screen thyroid-cancer patients for clinical trials, with reasons.

    A pre-screening aid: the investigator decides on eligibility.
    """


for subcommand in (authoring.schema, authoring.new, authoring.check, authoring.diff, authoring.coverage):
    trials.trials.add_command(subcommand)
for command in (
    servers.up,
    demo.demo,
    match.match,
    screen.screen,
    trials.trials,
    definitions.definitions,
    extract.extract,
    extract.extract_eval,
    keys.keys,
    accounts.accounts,
    sites.sites,
    servers.migrate,
    servers.worker,
    servers.sweep,
    servers.web,
):
    main.add_command(command)
