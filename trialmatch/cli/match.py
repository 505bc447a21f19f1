"""`trialmatch match`: match one patient summary against the packaged trials."""

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
    from trialmatch.cli.match_table import print_result
    from trialmatch.one_patient import load_trials
    from verdicts.match import match_patient

    result = match_patient(read_patient(file), load_trials())
    if as_json:
        print_json(result)
    else:
        print_result(result)


def read_patient(file: Path) -> Any:
    """Return the patient in a summary file, or in standard input for `-`.

    Raises: InputError with file, line and path of every fault.
    """
    from trialmatch.one_patient import patient_of_json

    if str(file) == "-":
        return patient_of_json(sys.stdin.buffer.read(), "standard input")
    return patient_of_json(file.read_bytes(), str(file))
