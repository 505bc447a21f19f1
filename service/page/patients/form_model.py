"""The form of a summary, read off the declaration of its facts: sections, lists, and what trials ask for most."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from marshmallow import Schema

from matching import nodes as c
from schemas.inputs.faults import Fault
from schemas.summary.declared_facts import DeclaredTable, declared
from schemas.summary.facts import patient_schema
from schemas.summary.fields import FactField
from schemas.summary.sections import MAX_RECORDS, RecordsField, SectionField
from schemas.trials.library import load_library
from service.page.patients.form_inputs import FormInput, input_of, is_text, read_input, typed_of

ROWS = "~rows"
MOST_ROWS = MAX_RECORDS
ORDER = (
    "performance",
    "diagnosis",
    "genomics",
    "radioiodine",
    "disease",
    "therapies",
    "labs",
    "conditions",
    "procedures",
    "medications",
)
PERSON = "person"
ONE_ROW = re.compile(r"(?P<list>[a-z_.]+)\[(?P<row>\d{1,4})\]")

Typed = dict[str, str]
"""What was typed, by the name of its input."""


@dataclass(frozen=True)
class FormRow:
    """One record of a list."""

    number: int
    name: str
    common: tuple[FormInput, ...]
    rare: tuple[FormInput, ...]


@dataclass(frozen=True)
class FormList:
    """A list of records, and whether it leaves nothing out."""

    name: str
    label: str
    one: str
    rows: tuple[FormRow, ...]
    complete: FormInput | None
    fault: str = ""


@dataclass(frozen=True)
class FormSection:
    """Facts that belong together: those that trials ask for, those that they seldom do, lists, and groups within."""

    name: str
    title: str
    common: tuple[FormInput, ...] = ()
    rare: tuple[FormInput, ...] = ()
    lists: tuple[FormList, ...] = ()
    groups: tuple["FormSection", ...] = ()
    filled: int = 0
    faulty: bool = False


@cache
def asked_for() -> Mapping[str, int]:
    """How many trials of the library read each fact."""
    counts: dict[str, int] = {}
    for trial in load_library().trials.values():
        for path in {path for node in c.walk(trial.requirement) for path in _paths(node)}:
            counts[path] = counts.get(path, 0) + 1
    return counts


def _paths(node: c.Node) -> Iterator[str]:
    for name in ("path", "fact", "table"):
        found = getattr(node, name, None)
        if isinstance(found, str):
            yield found


def form_of(typed: Typed, faults: Mapping[str, str]) -> list[FormSection]:
    """Every section of the form, as it was typed."""
    fields = patient_schema().fields
    of_person = [name for name, one in fields.items() if isinstance(one, FactField) and not _is_statement(name)]
    person = _group(PERSON, "Person", [(name, fields[name]) for name in of_person], typed, faults)
    parts = [name for name, one in fields.items() if isinstance(one, SectionField | RecordsField)]
    # What installed packages add comes last.
    ordered = sorted(parts, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    return [person, *(_section(name, fields[name], typed, faults) for name in ordered)]


def _is_statement(name: str) -> bool:
    return name.endswith("_complete")


def _section(name: str, field: Any, typed: Typed, faults: Mapping[str, str]) -> FormSection:
    title = field.label[:1].upper() + field.label[1:]
    if isinstance(field, RecordsField):
        return _group(name, title, [(name, field)], typed, faults)
    return _group(name, title, [(f"{name}.{key}", below) for key, below in field.schema.fields.items()], typed, faults)


def _group(
    name: str, title: str, members: list[tuple[str, Any]], typed: Typed, faults: Mapping[str, str]
) -> FormSection:
    facts = [(path, field) for path, field in members if isinstance(field, FactField) and not _is_statement(path)]
    facts.sort(key=lambda one: one[0] != "patient_ref")
    inputs = [input_of(field, path, typed, faults) for path, field in facts]
    lists = tuple(_listed(path, field, typed, faults) for path, field in members if isinstance(field, RecordsField))
    groups = tuple(_section(path, field, typed, faults) for path, field in members if isinstance(field, SectionField))
    common = tuple(one for one in inputs if _is_common(one, one.name))
    rare = tuple(one for one in inputs if one not in common)
    own = sum(bool(one.value) for one in inputs) + sum(len(one.rows) for one in lists)
    filled = own + sum(group.filled for group in groups)
    return FormSection(name, title, common, rare, lists, groups, filled, _is_faulty(inputs, lists, groups))


def _is_common(one: FormInput, path: str) -> bool:
    return bool(one.value or one.fault or one.required or path in ("age", "sex") or asked_for().get(path))


def _is_faulty(inputs: Iterable[FormInput], lists: Iterable[FormList], groups: Iterable[FormSection]) -> bool:
    in_rows = (one for listed in lists for row in listed.rows for one in (*row.common, *row.rare))
    return (
        any(one.fault for one in (*inputs, *in_rows))
        or any(listed.fault for listed in lists)
        or any(group.faulty for group in groups)
    )


def _listed(path: str, field: RecordsField, typed: Typed, faults: Mapping[str, str]) -> FormList:
    rows = tuple(_row(path, number, field.schema, typed, faults) for number in range(rows_of(typed, path)))
    complete = None
    if field.complete:
        above = path.rpartition(".")[0]
        name = f"{above}.{field.complete}" if above else field.complete
        statement = declared().field(name)
        assert statement is not None
        complete = input_of(statement, name, typed, faults)
    return FormList(path, field.label, field.one, rows, complete, faults.get(path, ""))


def _row(path: str, number: int, schema: Schema, typed: Typed, faults: Mapping[str, str]) -> FormRow:
    name = f"{path}[{number}]"
    fields = [(key, field) for key, field in schema.fields.items() if isinstance(field, FactField)]
    inputs = [(key, input_of(field, f"{name}.{key}", typed, faults)) for key, field in fields]
    common = tuple(one for key, one in inputs if _is_common(one, f"{path}.{key}"))
    return FormRow(number, name, common, tuple(one for _, one in inputs if one not in common))


def rows_of(typed: Typed, path: str) -> int:
    """How many rows of a list the form shows."""
    count = typed.get(path + ROWS, "0")
    return min(int(count), MOST_ROWS) if count.isdecimal() and len(count) < 5 else 0


def summary_of(typed: Typed) -> dict[str, Any]:
    """What was typed as a summary, which the schema has yet to check. Rows without a word are left out: see `tidy`."""
    summary: dict[str, Any] = {"schema": 1}
    for name, field in patient_schema().fields.items():
        if is_text(field) and typed.get(name, "").strip():
            summary[name] = typed[name].strip()
    for fact in declared().facts.values():
        _put(summary, fact.keys, read_input(fact.field, fact.path, typed))
    for table in declared().tables.values():
        records = [_record(table, number, typed) for number in range(rows_of(typed, table.path))]
        _put(summary, table.keys, records or None)
    return summary


def _record(table: DeclaredTable, number: int, typed: Typed) -> dict[str, Any]:
    read = (
        (fact.keys[0], read_input(fact.field, f"{table.path}[{number}].{fact.keys[0]}", typed)) for fact in table.facts
    )
    return {key: value for key, value in read if value is not None}


def _put(summary: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    if value is None:
        return
    for key in keys[:-1]:
        summary = summary.setdefault(key, {})
    summary[keys[-1]] = value


def typed_from(summary: Mapping[str, Any]) -> Typed:
    """What would have to be typed for this summary."""
    typed = {"patient_ref": str(summary.get("patient_ref", ""))}
    for fact in declared().facts.values():
        typed |= typed_of(fact.field, fact.path, _at(summary, fact.keys))
    for table in declared().tables.values():
        records = _at(summary, table.keys) or []
        typed[table.path + ROWS] = str(len(records))
        for number, record in enumerate(records):
            for fact in table.facts:
                typed |= typed_of(fact.field, f"{table.path}[{number}].{fact.keys[0]}", record.get(fact.keys[0]))
    return typed


def _at(summary: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        summary = summary.get(key) if isinstance(summary, Mapping) else None
    return summary


def add_row(typed: Typed, path: str) -> Typed:
    """The same with one more row at the end of a list."""
    return typed | {path + ROWS: str(min(rows_of(typed, path) + 1, MOST_ROWS))}


def first_of_last_row(typed: Typed, path: str) -> FormInput | None:
    """The input that a new row begins with."""
    table = declared().tables.get(path)
    rows = _listed(path, table.field, typed, {}).rows if table else ()
    return next(iter((*rows[-1].common, *rows[-1].rare)), None) if rows else None


def remove_row(typed: Typed, name: str) -> Typed:
    """The same without the row of this name; those after it move up."""
    found = ONE_ROW.fullmatch(name)
    if found is None or int(found["row"]) >= rows_of(typed, found["list"]):
        return typed
    path, gone = found["list"], int(found["row"])
    out = {}
    for key, value in typed.items():
        row = ONE_ROW.match(key)
        number = int(row["row"]) if row and row["list"] == path else -1
        if number == gone:
            continue
        out[key.replace(f"{path}[{number}]", f"{path}[{number - 1}]", 1) if number > gone else key] = value
    return out | {path + ROWS: str(rows_of(typed, path) - 1)}


def tidy(typed: Typed) -> Typed:
    """The same without rows in which nothing was typed, so that rows and records have the same numbers."""
    for table in declared().tables.values():
        for number in reversed(range(rows_of(typed, table.path))):
            if not _record(table, number, typed):
                typed = remove_row(typed, f"{table.path}[{number}]")
    return typed


def by_name(faults: Iterable[Fault]) -> dict[str, str]:
    """Faults by the input that they stand at."""
    found: dict[str, str] = {}
    for fault in faults:
        found.setdefault(fault.path, f"{fault.message}{f' ({fault.hint})' if fault.hint else ''}")
    return found
