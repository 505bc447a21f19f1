"""Errors of commands: what they print, and the exit code."""

from typing import Any

import click

INPUT_ERROR = 1


class CommandGroup(click.Group):
    """A group whose commands print errors line by line instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        from schemas.inputs.faults import InputError
        from settings.configuration import SettingsError
        from storage.errors import StorageUnavailable
        from trialmatch.extras import MissingExtra, naming_extra
        from workers.errors import WorkersError

        try:
            with naming_extra("This command"):
                return super().invoke(context)
        except InputError as error:
            raise CommandFailure([str(fault) for fault in error.faults]) from None
        except SettingsError as error:
            raise click.UsageError(str(error)) from None
        except MissingExtra as error:
            raise MissingPackages([str(error)]) from None
        except StorageUnavailable as error:
            raise CommandFailure([f"{error}; if the database is new, run `trialmatch migrate` first"]) from None
        except WorkersError as error:
            raise CommandFailure([str(error)]) from None


class CommandFailure(click.ClickException):
    """The command could not do its work; each line gives one reason."""

    exit_code = INPUT_ERROR

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


class MissingPackages(CommandFailure):
    """The command needs an extra that is not installed."""

    exit_code = 2
