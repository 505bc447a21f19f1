"""The patient form as sections, lists and inputs, derived from the declared facts; and typed text as a summary."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from marshmallow import Schema

from schemas.inputs.faults import Fault
from schemas.summary.declared_facts import DeclaredTable, declared
from schemas.summary.facts import patient_schema
from schemas.summary.fields import FactField
from schemas.summary.sections import MAX_RECORDS, RecordsField, SectionField
from service.page.errors import fault_text
from service.page.fact_labels import COMPLETE_SUFFIX, complete_flag_of, fact_label, trials_by_fact, with_labels
from service.page.formats import capital
from service.page.patients.form_inputs import (
    FormInput,
    element_id,
    input_of,
    is_text,
    read_input,
    suggestions_of,
    typed_of,
)

REFERENCE = "patient_ref"
REFERENCE_RULE = "Enter a patient reference: at most 64 letters, digits, dots, hyphens or underscores, without spaces."
ROWS_SUFFIX = "~rows"
"""Ends the name of the hidden input that counts the rows of a list."""

ROW_NAME = re.compile(r"(?P<list>[a-z_.]+)\[(?P<row>\d{1,4})\]")
PERSON = "person"
SECTION_ORDER = (
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

Typed = dict[str, str]
"""Typed text by the name of its input."""


@dataclass(frozen=True)
class FormRow:
    """A record of a list: the inputs that trials ask for, and the rarely needed ones."""

    name: str
    common: tuple[FormInput, ...]
    rare: tuple[FormInput, ...]

    @property
    def inputs(self) -> tuple[FormInput, ...]:
        return (*self.common, *self.rare)


@dataclass(frozen=True)
class FormList:
    """A list of records, with the input that says whether the list is complete."""

    name: str
    label: str
    singular: str
    rows: tuple[FormRow, ...]
    complete: FormInput | None
    fault: str = ""

    @property
    def row_inputs(self) -> Iterator[FormInput]:
        return chain.from_iterable(row.inputs for row in self.rows)


@dataclass(frozen=True)
class FormSection:
    """Facts that belong together: commonly and rarely needed inputs, lists, and subsections."""

    name: str
    title: str
    common: tuple[FormInput, ...] = ()
    rare: tuple[FormInput, ...] = ()
    lists: tuple[FormList, ...] = ()
    subsections: tuple["FormSection", ...] = ()

    @property
    def inputs(self) -> Iterator[FormInput]:
        """All inputs, including those of rows and subsections, without the completeness inputs."""
        yield from (*self.common, *self.rare)
        yield from chain.from_iterable(form_list.row_inputs for form_list in self.lists)
        yield from chain.from_iterable(section.inputs for section in self.subsections)

    @property
    def filled(self) -> int:
        """How many facts and records are filled in."""
        facts = sum(bool(form_input.value) for form_input in (*self.common, *self.rare))
        records = sum(len(form_list.rows) for form_list in self.lists)
        return facts + records + sum(section.filled for section in self.subsections)

    @property
    def faulty(self) -> bool:
        return (
            any(form_input.fault for form_input in self.inputs)
            or any(form_list.fault for form_list in self.lists)
            or any(section.faulty for section in self.subsections)
        )

    def with_fixed_reference(self) -> "FormSection":
        """The section with a read-only patient reference, for a new version of a stored patient."""
        return replace(
            self,
            common=tuple(replace(form_input, readonly=form_input.name == REFERENCE) for form_input in self.common),
        )


def form_of(typed: Typed, faults: Mapping[str, str]) -> list[FormSection]:
    """The sections of the form, with what was typed and the faults by input name."""
    fields = patient_schema().fields
    personal = [
        (name, field) for name, field in fields.items() if isinstance(field, FactField) and not _is_complete_flag(name)
    ]
    names = [name for name, field in fields.items() if isinstance(field, SectionField | RecordsField)]
    # Sections that installed packages add come last.
    names.sort(key=lambda name: SECTION_ORDER.index(name) if name in SECTION_ORDER else len(SECTION_ORDER))
    person = _section_of(PERSON, "Person", personal, typed, faults)
    return [person, *(_section(name, fields[name], typed, faults) for name in names)]


def _is_complete_flag(name: str) -> bool:
    return name.endswith(COMPLETE_SUFFIX)


def _section(name: str, field: Any, typed: Typed, faults: Mapping[str, str]) -> FormSection:
    nested = {"": field} if isinstance(field, RecordsField) else field.schema.fields
    members = [(f"{name}.{key}" if key else name, member) for key, member in nested.items()]
    return _section_of(name, capital(field.label), members, typed, faults)


def _section_of(
    name: str, title: str, members: list[tuple[str, Any]], typed: Typed, faults: Mapping[str, str]
) -> FormSection:
    facts = [(path, field) for path, field in members if isinstance(field, FactField) and not _is_complete_flag(path)]
    facts.sort(key=lambda member: member[0] != REFERENCE)
    inputs = [input_of(field, path, typed, faults) for path, field in facts]
    common, rare = _split(inputs, [path for path, _ in facts])
    lists = tuple(_list(path, field, typed, faults) for path, field in members if isinstance(field, RecordsField))
    subsections = [_section(path, field, typed, faults) for path, field in members if isinstance(field, SectionField)]
    return FormSection(name, title, common, rare, lists, tuple(subsections))


def _split(inputs: Iterable[FormInput], facts: Iterable[str]) -> tuple[tuple[FormInput, ...], tuple[FormInput, ...]]:
    """The inputs that are shown at once, and those that are folded away because no trial asks for them."""
    pairs = list(zip(inputs, facts, strict=True))
    common = tuple(form_input for form_input, fact in pairs if _is_common(form_input, fact))
    return common, tuple(form_input for form_input, fact in pairs if not _is_common(form_input, fact))


def _is_common(form_input: FormInput, fact: str) -> bool:
    used = form_input.value or form_input.fault or form_input.required
    return bool(used or fact in ("age", "sex") or trials_by_fact().get(fact))


def _list(path: str, field: RecordsField, typed: Typed, faults: Mapping[str, str]) -> FormList:
    rows = tuple(_row(path, number, field.schema, typed, faults) for number in range(count_rows(typed, path)))
    name = complete_flag_of(path)
    flag = declared().field(name) if name else None
    complete = input_of(flag, name, typed, faults) if flag else None
    return FormList(path, field.label, field.singular, rows, complete, faults.get(path, ""))


def _row(path: str, number: int, schema: Schema, typed: Typed, faults: Mapping[str, str]) -> FormRow:
    name = f"{path}[{number}]"
    fields = {key: field for key, field in schema.fields.items() if isinstance(field, FactField)}
    inputs = [input_of(field, f"{name}.{key}", typed, faults) for key, field in fields.items()]
    return FormRow(name, *_split(inputs, [f"{path}.{key}" for key in fields]))


def count_rows(typed: Typed, path: str) -> int:
    """How many rows of a list the form shows."""
    count = typed.get(path + ROWS_SUFFIX, "0")
    return min(int(count), MAX_RECORDS) if count.isdecimal() and len(count) < 5 else 0


def summary_of(typed: Typed) -> dict[str, Any]:
    """Convert typed text to a summary, for the schema to check. Remove blank rows first: see `without_blank_rows`."""
    summary: dict[str, Any] = {"schema": 1}
    for name, field in patient_schema().fields.items():
        if is_text(field) and typed.get(name, "").strip():
            summary[name] = typed[name].strip()
    for fact in declared().facts.values():
        _put(summary, fact.keys, read_input(fact.field, fact.path, typed))
    for table in declared().tables.values():
        records = [_record(table, number, typed) for number in range(count_rows(typed, table.path))]
        _put(summary, table.keys, records or None)
    return summary


def _record(table: DeclaredTable, number: int, typed: Typed) -> dict[str, Any]:
    values = {
        fact.keys[0]: read_input(fact.field, f"{table.path}[{number}].{fact.keys[0]}", typed) for fact in table.facts
    }
    return {key: value for key, value in values.items() if value is not None}


def _put(summary: dict[str, Any], keys: tuple[str, ...], value: Any) -> None:
    if value is None:
        return
    for key in keys[:-1]:
        summary = summary.setdefault(key, {})
    summary[keys[-1]] = value


def typed_from(summary: Mapping[str, Any]) -> Typed:
    """Convert a summary to the text to type for it: the inverse of `summary_of`."""
    typed = {REFERENCE: str(summary.get(REFERENCE, ""))}
    for fact in declared().facts.values():
        typed |= typed_of(fact.field, fact.path, _value_at(summary, fact.keys))
    for table in declared().tables.values():
        records = _value_at(summary, table.keys) or []
        typed[table.path + ROWS_SUFFIX] = str(len(records))
        for number, record in enumerate(records):
            for fact in table.facts:
                typed |= typed_of(fact.field, f"{table.path}[{number}].{fact.keys[0]}", record.get(fact.keys[0]))
    return typed


def _value_at(summary: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        summary = summary.get(key) if isinstance(summary, Mapping) else None
    return summary


def add_row(typed: Typed, path: str) -> Typed:
    """Add a row at the end of a list."""
    return typed | {path + ROWS_SUFFIX: str(min(count_rows(typed, path) + 1, MAX_RECORDS))}


def first_input_of_last_row(typed: Typed, path: str) -> FormInput | None:
    """The first input of the last row of a list, for the focus after a row was added."""
    table = declared().tables.get(path)
    rows = _list(path, table.field, typed, {}).rows if table else ()
    return next(iter(rows[-1].inputs), None) if rows else None


def remove_row(typed: Typed, name: str) -> Typed:
    """Remove the row of this name and renumber the rows after it."""
    found = ROW_NAME.fullmatch(name)
    if found is None or int(found["row"]) >= count_rows(typed, found["list"]):
        return typed
    path, removed = found["list"], int(found["row"])
    left = {}
    for key, value in typed.items():
        row = ROW_NAME.match(key)
        number = int(row["row"]) if row and row["list"] == path else -1
        if number == removed:
            continue
        left[key.replace(f"{path}[{number}]", f"{path}[{number - 1}]", 1) if number > removed else key] = value
    return left | {path + ROWS_SUFFIX: str(count_rows(typed, path) - 1)}


def without_blank_rows(typed: Typed) -> Typed:
    """Remove rows in which nothing was typed, so that rows and records have the same numbers."""
    for table in declared().tables.values():
        for number in reversed(range(count_rows(typed, table.path))):
            if not _record(table, number, typed):
                typed = remove_row(typed, f"{table.path}[{number}]")
    return typed


def faults_by_input(faults: Iterable[Fault]) -> dict[str, str]:
    """The text of the first fault of each input, by input name."""
    texts: dict[str, str] = {}
    for fault in faults:
        texts.setdefault(fault.path, REFERENCE_RULE if fault.path == REFERENCE else with_labels(fault_text(fault)))
    return texts


def fault_entries(faults: Mapping[str, str]) -> list[dict[str, str]]:
    """The entries of the error box above the form, each with the element it links to."""
    return [
        {"id": element_id(path), "label": fact_label(path) if path else "", "message": message}
        for path, message in faults.items()
    ]


def suggestions_in(sections: Iterable[FormSection]) -> dict[str, list[str]]:
    """The term labels of each vocabulary that an input of the form suggests."""
    return suggestions_of(chain.from_iterable(section.inputs for section in sections))
