"""`trialmatch match`: one summary from a file against the packaged trials."""

import sys
from pathlib import Path
from typing import Any

import click

from trialmatch.cli.output import as_json, print_json


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@as_json
def match(file: Path, as_json: bool) -> None:
    """Match the patient summary in FILE (- for standard input) against every packaged trial."""
    from schemas.trials.library import load_library
    from trialmatch.cli.verdicts import print_result
    from verdicts.match import match_patient

    result = match_patient(read_patient(file), list(load_library().trials.values()))
    if as_json:
        print_json(result)
    else:
        print_result(result)


def read_patient(file: Path) -> Any:
    """The summary in a file.

    Raises: InputError with file, line and path of every fault.
    """
    from schemas.inputs.faults import InputError
    from schemas.inputs.strict_json import NotJson, lines_of, read_json
    from schemas.summary.contradictions import accept_patient

    from_pipe = str(file) == "-"
    name = "standard input" if from_pipe else str(file)
    body = sys.stdin.buffer.read() if from_pipe else file.read_bytes()
    try:
        return accept_patient(read_json(body))
    except NotJson as error:
        raise error.placed(name) from None
    except InputError as error:
        raise error.placed(name, lines_of(body.decode())) from None
