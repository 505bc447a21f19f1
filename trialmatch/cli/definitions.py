"""`trialmatch definitions`: list named definitions, and compare them on patients."""

from pathlib import Path
from typing import Any

import click

from trialmatch.cli.match import read_patient
from trialmatch.cli.output import as_json, print_json, print_table

SIGNS = {"holds": "yes", "does_not_hold": "no", "unknown": "?"}
family_option = click.option("--family", help="Show only this family, such as rai-refractory.")


@click.group()
def definitions() -> None:
    """List named definitions, and compare them on patients."""


@definitions.command("list")
@family_option
@as_json
def list_(family: str | None, as_json: bool) -> None:
    """List the named definitions with their sources."""
    rows = [(definition.name, definition.title, definition.sure, definition.source) for definition in _chosen(family)]
    if as_json:
        print_json([dict(zip(("name", "title", "sure", "source"), row, strict=True)) for row in rows])
    else:
        print_table(("Definition", "Meaning", "Source quality", "Source"), rows)


@definitions.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@family_option
@as_json
def compare(files: tuple[Path, ...], family: str | None, as_json: bool) -> None:
    """Compare the definitions on the summary in FILE; several files or a folder give one table."""
    from verdicts.compare import compare as compare_patient

    paths = [path for name in files for path in (sorted(name.glob("*.json")) if name.is_dir() else [name])]
    patients = [read_patient(path) for path in paths]
    if len(patients) != 1:
        _matrix(patients, family, as_json)
        return
    result = compare_patient(patients[0], _chosen(family))
    if as_json:
        print_json(result)
    else:
        _print(result)


def _chosen(family: str | None) -> list[Any]:
    """Raises: CommandFailure when no family has this name."""
    from schemas.criteria.definitions import packaged_definitions
    from schemas.inputs.spelling import nearest
    from trialmatch.cli.failures import CommandFailure

    found = list(packaged_definitions().all().values())
    families = {definition.family for definition in found}
    if family is not None and family not in families:
        near = nearest(family, families)
        raise CommandFailure([f"no family of definitions has this name{f'; did you mean {near}?' if near else ''}"])
    return [definition for definition in found if family in (None, definition.family)]


def _print(result: dict[str, Any]) -> None:
    for family in result["families"]:
        rows = [
            (row["name"], SIGNS[row["truth"]], row["observed"] or "not reported", _questions(row))
            for row in family["definitions"]
        ]
        print_table(("Definition", "Met", "Observed", "Missing"), rows, title=f"\n{family['family']}")
        for pair in family["disagreements"]:
            axes = "; ".join(f"{axis['axis']}: {axis['first']} / {axis['second']}" for axis in pair["axes"])
            click.echo(f"  {pair['first']} and {pair['second']} disagree. {axes}")
    click.echo(f"\n{result['notice']}")


def _questions(definition: dict[str, Any]) -> str:
    return "; ".join(missing["question"] for missing in definition["missing"][:3])


def _matrix(patients: list[Any], family: str | None, as_json: bool) -> None:
    from verdicts.compare import answer_table, indistinguishable

    answers = answer_table(patients, _chosen(family))
    same = indistinguishable(answers)
    if as_json:
        print_json({"answers": answers, "alike": [list(pair) for pair in same]})
        return
    names = list(next(iter(answers.values()), {}))
    rows = [(name, *(SIGNS[row[name]] for row in answers.values())) for name in names]
    print_table(("Definition", *answers), rows)
    click.echo(f"{len(answers)} patients, {len(names)} definitions. {_same_pairs(len(same))}")
    for first, second in same:
        click.echo(f"  {first} = {second}")


def _same_pairs(count: int) -> str:
    if count:
        return f"Pairs of definitions that agree on every patient: {count}."
    return "Every pair of definitions differs on some patient."
