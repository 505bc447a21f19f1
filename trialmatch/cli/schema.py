"""`trialmatch trials schema`: the JSON Schema of a trial file, with which editors complete and check it."""

from pathlib import Path

import click

from trialmatch.cli.output import print_json


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this FILE instead of printing.")
def schema(out: Path | None) -> None:
    """Print the JSON Schema of a trial file, of all kinds that are built in or installed."""
    import json

    from authoring.json_schema import trial_json_schema

    document = trial_json_schema()
    if out is None:
        print_json(document)
    else:
        out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        click.echo(f"{out}: {len(document['$defs']['criterion']['oneOf'])} kinds")
