"""Prints the criteria manual from the specifications, and the definitions and trials in English.

`python -m tests.spec.manual` writes docs/criteria.md, docs/definitions.md and docs/trials.md. With `--check` it names
the stale pages and fails.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from marshmallow import fields

from schemas.criteria.definitions import AXES, Definition
from schemas.criteria.language import Kind, kinds
from schemas.criteria.specification import Facts, Spec, SpecExample, added_specs
from schemas.trials.library import load_library
from schemas.trials.trial_file import trial_card
from tests.spec import kinds as kinds_folder

DOCS = Path(__file__).parents[2] / "docs"
ANSWERS = (("met", "met"), ("not met", "not_met"), ("unknown", "unknown"))


def specs() -> dict[str, Spec]:
    """Return the specification of each kind, from the modules in `tests/spec/kinds` and from installed packages."""
    modules = (import_module(f"{kinds_folder.__name__}.{found.name}") for found in iter_modules(kinds_folder.__path__))
    own = {module.SPEC.kind: module.SPEC for module in modules}
    return {**added_specs().accepted, **own}


def criteria_manual(specified: dict[str, Spec]) -> Iterator[str]:
    """Yield one chapter for each kind, with its fields and its examples."""
    yield "# Criteria"
    yield (
        "Every kind of criterion that a trial file can use. `make docs` prints this page from the specifications in "
        "`tests/spec/kinds/`. The test suite runs each example below on every engine."
    )
    yield "In addition to its kind a criterion can have `label`, `note`, `source_quality` and `bullet`."
    for name, kind in sorted(kinds().items()):
        yield from _chapter(name, kind, specified.get(name, Spec(name, [])))


def _chapter(name: str, kind: Kind, spec: Spec) -> Iterator[str]:
    yield f"## `{name}`"
    yield _sentence(kind.__doc__ or "")
    described = [(key, _meaning(field)) for key, field in kind.fields.items()]
    yield "\n".join(["| field | meaning |", "|---|---|", *(f"| `{key}` | {meaning} |" for key, meaning in described)])
    for example in spec.examples:
        yield from _example(example)


def _meaning(field: fields.Field) -> str:  # type: ignore[type-arg]
    meaning = str(field.metadata.get("description") or "")
    if isinstance(field, fields.Boolean):
        return meaning or "true or false"
    return meaning or "criteria" if isinstance(field, fields.Raw) else meaning or "see the examples"


def _sentence(text: str) -> str:
    return " ".join(text.split())


def _example(example: SpecExample) -> Iterator[str]:
    shows = example.shows[0].upper() + example.shows[1:]
    yield f"**{shows}.**"
    yield f"```yaml\n{example.yaml.strip()}\n```"
    rows = [f"| {answer} | {_facts(facts)} |" for answer, key in ANSWERS for facts in getattr(example, key)]
    yield "\n".join(["| answer | patient |", "|---|---|", *rows])


def _facts(facts: Facts) -> str:
    return f"`{json.dumps(facts, ensure_ascii=False)}`" if facts else "nothing reported"


def definitions_manual(definitions: Iterable[Definition]) -> Iterator[str]:
    """Every named definition with its source, and the axes on which definitions differ."""
    yield "# Definitions"
    yield "Trials define the same terms differently. Each definition has a name, a source, and how reliable it is."
    yield "Axes on which definitions of the same term differ: " + "; ".join(AXES.values()) + "."
    family = ""
    for definition in definitions:
        if definition.family != family:
            family = definition.family
            yield f"## {family}"
        yield f"### `{definition.name}`"
        yield f"{definition.title[0].upper()}{definition.title[1:]}. Source ({definition.sure}): {definition.source}."
        if definition.note:
            yield definition.note
        if definition.axes:
            rows = (f"| {AXES[axis]} | {value} |" for axis, value in definition.axes.items())
            yield "\n".join(["| axis | here |", "|---|---|", *rows])


def trials_manual() -> Iterator[str]:
    """Yield every packaged trial in English."""
    yield "# Trials"
    yield "The packaged library in English. Each file in `knowledge/trials/` contains the cases that test it."
    for trial in load_library().trials.values():
        card = trial_card(trial)
        yield f"## {card['id']}: {card['title']}"
        phase = "/".join(card["phase"]) or "not seen"
        status = card["status"]
        yield (
            f"Phase {phase}; {status['value'].replace('_', ' ')} (seen {status['seen']}); "
            f"encoded: {card['completeness'].replace('_', ' ')}. Source: <{card['source']}>"
        )
        yield from _lines(card["criteria"])
        for cohort in card["cohorts"]:
            yield f"Cohort {cohort['id']}, {cohort['title']}:"
            yield from _lines(cohort["criteria"])


def _lines(criteria: list[dict[str, str]]) -> Iterator[str]:
    for role, heading in (("include", "Included if:"), ("exclude", "Excluded if:")):
        lines = [f"- {_line(criterion)}" for criterion in criteria if criterion["role"] == role]
        if lines:
            yield heading + "\n\n" + "\n".join(lines)


def _line(criterion: dict[str, str]) -> str:
    remarks = [criterion["english"]] if criterion["english"] != criterion["text"] else []
    remarks += [criterion["note"]] if "note" in criterion else []
    return criterion["text"] + (f" *({'; '.join(remarks)})*" if remarks else "")


def pages() -> dict[str, str]:
    """Return every printed page by file name."""
    written = {
        "criteria.md": criteria_manual(specs()),
        "definitions.md": definitions_manual(load_library().definitions.values()),
        "trials.md": trials_manual(),
    }
    return {name: "\n\n".join(parts) + "\n" for name, parts in written.items()}


def main(check: bool) -> int:
    """Write the pages, or report which are stale."""
    stale = 0
    for name, text in pages().items():
        path = DOCS / name
        if check and (not path.exists() or path.read_text("utf-8") != text):
            print(f"docs/{name} is stale: run make docs", file=sys.stderr)
            stale = 1
        elif not check:
            path.write_text(text, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
