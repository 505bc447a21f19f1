"""Labels of facts by path, and how many trials read each fact."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from matching import nodes as c
from schemas.summary.declared_facts import declared
from schemas.trials.library import load_library
from service.page.formats import capital

RECORD_INDEX = re.compile(r"\[\d+\]")
FACT_PATH = re.compile(r"\b[a-z_]+(?:\[\d+\]|\.[a-z_]+)+")
COMPLETE_SUFFIX = "_complete"
"""Ends the name of a fact that says whether a list is complete."""


def fact_label(path: str) -> str:
    """The label of a fact, list or record: `disease.lesions[0].site` as Site (lesions)."""
    fact = fact_of(path)
    table = declared().tables.get(fact)
    if table is not None:
        return capital(table.field.label)
    if fact in _lists_by_flag():
        return f"No other {_lists_by_flag()[fact].removeprefix('other ')}"
    field = declared().field(fact)
    if field is None:
        return capital(fact.rpartition(".")[2].replace("_", " "))
    parent = declared().tables.get(fact.rpartition(".")[0])
    return capital(f"{field.label} ({parent.field.label})" if parent else field.label)


def with_labels(text: str) -> str:
    """Replace the paths of facts in a message with their labels."""
    return FACT_PATH.sub(lambda found: f"‘{fact_label(found[0])}’" if _is_declared(found[0]) else found[0], text)


def _is_declared(path: str) -> bool:
    return fact_of(path) in declared().tables or declared().field(fact_of(path)) is not None


def fact_of(path: str) -> str:
    """The path without record indices: `disease.lesions[0].site` as `disease.lesions.site`."""
    return RECORD_INDEX.sub("", path)


@cache
def _lists_by_flag() -> Mapping[str, str]:
    """The label of each list by the path of its completeness flag."""
    return {complete_flag_of(path): table.field.label for path, table in declared().tables.items()}


def complete_flag_of(table: str) -> str:
    """The path of the fact that says whether a list is complete; empty if there is none."""
    found = declared().tables[table]
    return ".".join((*found.keys[:-1], found.field.complete)) if found.field.complete else ""


@cache
def searchable_facts() -> list[tuple[str, str]]:
    """Path and label of the facts and lists that results may name as missing, by label."""
    lists = [table.path for table in declared().tables.values()]
    facts = [path for path in declared().facts if trials_by_fact().get(path) or path.endswith(COMPLETE_SUFFIX)]
    return sorted(((path, fact_label(path)) for path in (*lists, *facts)), key=lambda entry: entry[1])


@cache
def trials_by_fact() -> Mapping[str, int]:
    """How many trials of the library read each fact."""
    counts: dict[str, int] = {}
    for trial in load_library().trials.values():
        nodes = (node for criterion in trial.all_criteria() for node in c.walk(criterion.node))
        for path in {path for node in nodes for path in _paths(node)}:
            counts[path] = counts.get(path, 0) + 1
    return counts


def _paths(node: c.Node) -> Iterator[str]:
    for name in ("path", "fact", "table"):
        found = getattr(node, name, None)
        if isinstance(found, str):
            yield found
