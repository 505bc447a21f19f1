"""What a command says when it cannot do its work, and the code that it exits with."""

from typing import Any

import click

INPUT_AT_FAULT, WRONG_USAGE = 1, 2


class CommandGroup(click.Group):
    """A group whose commands tell faults line by line instead of by traceback."""

    def invoke(self, context: click.Context) -> Any:
        from schemas.inputs.faults import InputError
        from settings.configuration import SettingsError
        from storage.errors import StorageUnavailable
        from workers.errors import WorkersError

        try:
            return super().invoke(context)
        except InputError as error:
            raise CommandFailure([str(fault) for fault in error.faults]) from None
        except SettingsError as error:
            raise click.UsageError(str(error)) from None
        except StorageUnavailable as error:
            raise CommandFailure([f"{error}; if it is new, run `trialmatch migrate` first"]) from None
        except WorkersError as error:
            raise CommandFailure([str(error)]) from None


class CommandFailure(click.ClickException):
    """The work could not be done; each line says one reason."""

    exit_code = INPUT_AT_FAULT

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)
