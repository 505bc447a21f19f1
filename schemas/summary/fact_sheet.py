"""Every fact that a summary can state, for readers: read off the declaration."""

from collections.abc import Iterator
from typing import Any

from schemas.summary.encode import DeclaredTable, declared
from schemas.summary.fields import CodeField, FactField, QuantityField


def fact_sheet() -> list[dict[str, Any]]:
    """One entry a fact: path, type, label, help, and its unit or vocabulary. Units: canonical; any known is read."""
    return sorted(_entries(), key=lambda entry: str(entry["path"]))


def _entries() -> Iterator[dict[str, Any]]:
    for fact in declared().facts.values():
        yield _entry(fact.path, fact.field)
    for table in declared().tables.values():
        yield _list(table)
        for fact in table.facts:
            yield _entry(fact.path.replace(table.path, f"{table.path}[]", 1), fact.field)


def _list(table: DeclaredTable) -> dict[str, Any]:
    complete = f"complete if {table.field.complete} is true" if table.field.complete else ""
    return {"path": table.path, "type": "list", "label": table.field.label, "help": complete}


def _entry(path: str, field: FactField) -> dict[str, Any]:
    entry = {"path": path, "type": field.kind, "label": field.label, "help": field.help}
    if isinstance(field, QuantityField):
        entry["unit"] = field.dimension.canonical
    if isinstance(field, CodeField):
        entry["vocabulary"] = field.vocabulary_name
    return entry
