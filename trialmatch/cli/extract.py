"""`trialmatch extract` and `extract-eval`: read the facts of notes, and measure the reading."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from schemas.summary.quantity import FIRST_YEAR, LAST_YEAR
from trialmatch.cli.output import as_json, console, print_json, print_table

FILE = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--as-of",
    type=click.IntRange(FIRST_YEAR, LAST_YEAR),
    help="Year of the note, to work out how long ago events were.",
)
@as_json
def extract(file: Path, as_of: int | None, as_json: bool) -> None:
    """Read the facts of the de-identified note in FILE (- for standard input), each with its words in the note."""
    from extraction.extract import extract as read
    from extraction.identifiers import refuse_identifiers
    from schemas.inputs.faults import InputError

    try:
        text = _text(file)
        refuse_identifiers(text)
        found = read(text, as_of=as_of)
    except InputError as error:
        raise error.placed("standard input" if str(file) == "-" else str(file)) from None
    if as_json:
        print_json(found.to_json())
    else:
        _print(text, found.to_json())


def _text(file: Path) -> str:
    """Return the text of a file. Raises: InputError if it is not a note."""
    from extraction.note_text import check_note
    from schemas.inputs.faults import Fault, InputError

    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    try:
        return check_note(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputError([Fault("note", "not UTF-8 text")]) from None


def _print(text: str, found: dict[str, Any]) -> None:
    """Print the note with its evidence marked, then every fact, used ones first."""
    from rich.text import Text

    marked = Text(text)
    for fact in found["facts"]:
        for span in fact["evidence"]:
            marked.stylize("bold green" if fact["used"] else "yellow", span["start"], span["end"])
    console().print(marked)
    rows = [_row(fact) for fact in sorted(found["facts"], key=lambda fact: not fact["used"])]
    print_table(("Fact", "Value", "Words", "Certainty and context"), rows)
    for contradiction in found["contradictions"]:
        console().print(Text(f"Contradiction, left unknown: {contradiction['fact']}"))
    console().print(Text(found["notice"]))


def _row(fact: dict[str, Any]) -> tuple[str, str, str, str]:
    value = ", ".join(f"{name} {part}" for name, part in fact["value"].items() if not isinstance(part, bool) or part)
    words = " ... ".join(span["text"] for span in fact["evidence"])
    context = ", ".join([fact["certainty"], *fact["context"], *(() if fact["used"] else ("not used",))])
    return ", ".join(fact["paths"]) or fact["kind"], value, words, context


@click.command("extract-eval")
@click.argument("cases", type=FILE)
@as_json
def extract_eval(cases: Path, as_json: bool) -> None:
    """Measure precision, recall and F1 of each fact on the annotated notes in CASES (NDJSON)."""
    from extraction.evaluation.evaluate import evaluate

    report = evaluate(list(_cases(cases))).to_json()
    if as_json:
        print_json(report)
        return
    rows = [
        (name, *(f"{fact[key]:.3f}" for key in ("precision", "recall", "f1")), str(fact["support"]))
        for name, fact in report["facts"].items()
    ]
    print_table(("Fact", "Precision", "Recall", "F1", "Annotated"), rows)
    print_table(
        ("Case", "Fact", "Error", "Value"),
        [
            (miss["case"], miss["fact"], miss["kind"].replace("_", " "), " ".join(miss["item"]))
            for miss in report["misses"]
        ],
    )
    console().print(f"Macro F1 {report['macro_f1']:.3f}")


def _cases(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the annotated note of each line.

    Raises: InputError with the line that is not an annotated note.
    """
    from schemas.inputs.faults import Fault, InputError

    body = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
        except json.JSONDecodeError:
            case = None
        if (
            not isinstance(case, dict)
            or not isinstance(case.get("narrative"), str)
            or not isinstance(case.get("facts"), dict)
        ):
            raise InputError([Fault("", "not an object with `narrative` and `facts`", line=number, file=str(file))])
        yield case
