"""Every fact and list that a patient summary can contain, with its path, read off the declaration in `facts`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from marshmallow import Schema

from matching import nodes as c
from matching.patient_values import Values
from schemas.summary.facts import PatientSchema
from schemas.summary.fields import CodeField, FactField, YesNoField
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.sections import RecordsField, SectionField


@dataclass(frozen=True)
class DeclaredFact:
    """A fact and its keys, from the patient or from a record of its table."""

    path: str
    keys: tuple[str, ...]
    field: FactField


@dataclass(frozen=True)
class DeclaredTable:
    """A list of records and the facts of a record."""

    path: str
    keys: tuple[str, ...]
    field: RecordsField
    facts: tuple[DeclaredFact, ...]

    @cached_property
    def fields(self) -> Mapping[str, FactField]:
        """The field of each fact by its key in a record."""
        return {fact.keys[0]: fact.field for fact in self.facts}

    @cached_property
    def blank_record(self) -> Values:
        """A record without any reported fact, as plain values."""
        return {key: field.plain(field.default) for key, field in self.fields.items()}

    @cached_property
    def complete_keys(self) -> tuple[str, ...]:
        """The keys of the flag that marks the list complete; empty where there is no flag."""
        return (*self.keys[:-1], self.field.complete) if self.field.complete else ()


@dataclass(frozen=True)
class DeclaredFacts:
    """Every fact and table of a patient summary, by path."""

    facts: Mapping[str, DeclaredFact]
    tables: Mapping[str, DeclaredTable]

    @cached_property
    def _fields(self) -> Mapping[str, FactField]:
        of_records = (fact for table in self.tables.values() for fact in table.facts)
        return {fact.path: fact.field for fact in (*self.facts.values(), *of_records)}

    def tables_in(self, section: str) -> tuple[DeclaredTable, ...]:
        """The tables with their list or their completeness flag below this key of the summary."""
        return self._tables_in.get(section, ())

    @cached_property
    def _tables_in(self) -> Mapping[str, tuple[DeclaredTable, ...]]:
        groups: dict[str, tuple[DeclaredTable, ...]] = {}
        for table in self.tables.values():
            for key in dict.fromkeys((table.keys[0], *table.complete_keys[:1])):
                groups[key] = (*groups.get(key, ()), table)
        return groups

    def field(self, path: str) -> FactField | None:
        """The field that declares the fact, of the patient or of a record."""
        return self._fields.get(path)


@cache
def declared() -> DeclaredFacts:
    """Every fact and table that `PatientSchema` declares."""
    entries = list(_walk(PatientSchema(), ()))
    return DeclaredFacts(
        {entry.path: entry for entry in entries if isinstance(entry, DeclaredFact)},
        {entry.path: entry for entry in entries if isinstance(entry, DeclaredTable)},
    )


def _walk(schema: Schema, above: tuple[str, ...]) -> Iterator[DeclaredFact | DeclaredTable]:
    for name, field in schema.fields.items():
        keys = (*above, name)
        path = ".".join(keys)
        if isinstance(field, SectionField):
            yield from _walk(field.schema, keys)
        elif isinstance(field, RecordsField):
            facts = [
                DeclaredFact(f"{path}.{key}", (key,), fact)
                for key, fact in field.schema.fields.items()
                if isinstance(fact, FactField)
            ]
            yield DeclaredTable(path, keys, field, tuple(facts))
        elif isinstance(field, FactField) and field.kind != "text":
            yield DeclaredFact(path, keys, field)


@lru_cache(maxsize=1 << 16)
def undeclared(node: c.Node) -> frozenset[str]:
    """The facts and lists that a criterion reads but no summary declares, or declares with another type."""
    own = frozenset(path for path, is_declared in _reads(node) if not is_declared)
    return own.union(*map(undeclared, c.children(node)))


def _reads(node: c.Node) -> Iterator[tuple[str, bool]]:
    match node:
        case c.Fact(path) | c.Total(_, path) | c.Largest(_, path) | c.Smallest(_, path):
            yield path, isinstance(declared().field(path), QuantityField)
        case c.Among(path, _, _):
            yield path, getattr(declared().field(path), "kind", "") == "code"
        case c.IsYes(path):
            yield path, isinstance(declared().field(path), YesNoField)
        case c.Records(path, _, _):
            yield path, path in declared().tables
        case _:
            return


def fact_sheet() -> list[dict[str, Any]]:
    """Describe every fact: path, type, label, help, and unit or vocabulary. Units: canonical."""
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
