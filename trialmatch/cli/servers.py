"""Server processes: all at once (`up`), or one at a time as in docker-compose.yml."""

import os
import sys

import click

from settings.configuration import QUEUES


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port of the web server; 0 chooses a free one.")
@click.option("--demo-account", is_flag=True, help="Create an account of the site Demo and print its password.")
def up(port: int | None, demo_account: bool) -> None:
    """Run the whole service on this machine until Ctrl-C: queue, workers, sweeper, web server."""
    from settings.configuration import Settings
    from trialmatch.cli.demo import make_demo_account
    from workers.embedded.stack import Stack

    settings = Settings.from_env(os.environ)
    with Stack(settings, port=port) as stack:
        click.echo(f"trialmatch runs at {stack.url}; API documentation: {stack.url}/api/v1/docs/")
        if demo_account:
            name, password = make_demo_account(stack.settings.database_url)
            click.echo(f"Sign in as {name} with the password {password}")
        click.echo(f"Data and logs: {stack.settings.data_dir}. Press Ctrl-C to stop.")
        click.echo("Create a key: trialmatch keys create --site SITE --role coordinator")
        click.echo("Create an account: trialmatch accounts create NAME --site SITE --role coordinator")
        _until_interrupted(stack.wait)


def _until_interrupted(wait: object) -> None:
    """Treat SIGTERM like Ctrl-C: both stop the stack in order."""
    import signal

    assert callable(wait)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        wait()
    except KeyboardInterrupt:
        click.echo("stopping")


@click.command()
def migrate() -> None:
    """Update the database tables, and the packaged trials of every site, to this release."""
    from settings.configuration import Settings
    from workers.migrate import migrate as run

    run(Settings.from_env(os.environ))
    click.echo("up to date")


@click.command()
@click.option("--queue", type=click.Choice(QUEUES), default=QUEUES[0], show_default=True)
def worker(queue: str) -> None:
    """Run a worker of one queue."""
    from workers.embedded.processes import worker as command

    _become(command(queue))


@click.command()
def sweep() -> None:
    """Run the sweeper, which re-queues jobs that have waited too long."""
    from workers.embedded.processes import SWEEPER

    _become(SWEEPER)


@click.command()
def web() -> None:
    """Run the web server."""
    from workers.embedded.processes import WEB

    _become(WEB)


def _become(command: tuple[str, ...]) -> None:
    """Replace this process, so that signals reach the server itself."""
    sys.stdout.flush()
    os.execv(command[0], command)
