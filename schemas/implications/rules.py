"""Reads the table of implications: premises and conclusions over reported facts, with source and examples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import inf
from typing import Any, TypeAlias

from matching import nodes as c
from matching.interval import Interval
from schemas.criteria.node_builders import all_conditions_reported, all_of, among, any_of, fact_is, within
from schemas.inputs.strict_yaml import read_text, read_yaml
from schemas.plugins import yaml_files
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField
from schemas.summary.quantity import read_quantity
from schemas.summary.quantity_fields import QuantityField
from schemas.summary.vocabulary import vocabularies

FOLDER = files("knowledge") / "implications"
NEVER = "never"
"""In a conclusion: the event did not take place, so its time does not exist."""


@dataclass(frozen=True)
class FactRef:
    """A field of an implied record has the value of this fact of the patient."""

    path: str


Value: TypeAlias = bool | str | FactRef


@dataclass(frozen=True)
class FactConclusion:
    """A fact has this truth, one of these codes, or a number in this interval."""

    path: str
    value: bool | frozenset[str] | Interval


@dataclass(frozen=True)
class RecordConclusion:
    """The table has a record with these values."""

    table: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class FieldFilter:
    """What an excluded record has in any of these fields: this truth, one of these codes, or a number in this interval.

    A `FactRef` stands for any number above the value of that fact of the patient.
    """

    fields: frozenset[str]
    value: bool | frozenset[str] | Interval | FactRef


@dataclass(frozen=True)
class NoRecordConclusion:
    """The table has no record that passes all of these filters; without filters, no record at all."""

    table: str
    filters: tuple[FieldFilter, ...]


Conclusion: TypeAlias = FactConclusion | RecordConclusion | NoRecordConclusion


@dataclass(frozen=True)
class Implication:
    """Where the premise is TRUE, the conclusion is. That the premise is FALSE says nothing.

    `refuse`: a submitted summary in which the two contradict is refused; else the contradiction is only reported.
    """

    id: str
    premise: c.TruthNode
    conclusion: Conclusion
    source: str
    refuse: bool = True
    examples: Mapping[str, list[Mapping[str, Any]]] | None = None


@cache
def implications() -> tuple[Implication, ...]:
    """Every row of knowledge/implications."""
    tables = (read_yaml(read_text(file, name), name).data for name, file in yaml_files(FOLDER))
    return tuple(row for table in tables for row in _rows(table))


def _rows(table: Any) -> Iterator[Implication]:
    for row in table["implications"]:
        premise = _premise(row["if"])
        conclusions = row["then"] if isinstance(row["then"], list) else [row["then"]]
        for number, conclusion in enumerate(conclusions):
            identity = row["id"] if len(conclusions) == 1 else f"{row['id']}-{number + 1}"
            yield Implication(
                identity, premise, _conclusion(conclusion), row["source"], row.get("refuse", True),
                row.get("examples") if number == 0 else None,
            )  # fmt: skip


def _premise(written: Mapping[str, Any]) -> c.TruthNode:
    match written:
        case {"all": parts}:
            return all_of(_premise(part) for part in parts)
        case {"any": parts}:
            return any_of(_premise(part) for part in parts)
        case {"fact": path, "is": value}:
            return _fact(path, value)
        case {"record": table, **rest}:
            return c.Exists(_records(table, rest.get("where", {})))
        case {"none": table, **rest}:
            return c.Not(c.Exists(_records(table, rest.get("where", {}))))
        case {"same_record": fields, "of": table}:
            return _where(table, fields)
    raise ValueError(f"no premise: {sorted(written)}")


def _records(table: str, fields: Mapping[str, Any]) -> c.Records:
    where = _where(table, fields)
    if table == "conditions" and "condition" in fields:
        return c.Records(table, where, all_conditions_reported(_list(fields["condition"])))
    return c.Records(table, where)


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _where(table: str, fields: Mapping[str, Any]) -> c.TruthNode:
    return all_of(_fact(f"{table}.{field}", value) for field, value in fields.items())


def _fact(path: str, value: Any) -> c.TruthNode:
    match value:
        case bool():
            return fact_is(path, value)
        case Mapping():
            return within(
                c.Fact(path), {key: _points(path, bound) for key, bound in value.items()}, _quantity(path).dimension
            )
        case _:
            return among(path, _list(value))


def _points(path: str, written: Any) -> tuple[float, float]:
    interval = _quantity(path).dimension.interval(read_quantity(written))
    return interval.lo, interval.hi


def _quantity(path: str) -> QuantityField:
    field = declared().field(path)
    assert isinstance(field, QuantityField), path
    return field


def _conclusion(written: Mapping[str, Any]) -> Conclusion:
    match written:
        case {"fact": path, "is": value}:
            return FactConclusion(path, _concluded_value(path, value))
        case {"record": table, "with": values}:
            return RecordConclusion(
                table, {field: _record_value(table, field, value) for field, value in values.items()}
            )
        case {"none": table, **rest}:
            return NoRecordConclusion(table, tuple(_filter(table, *item) for item in rest.get("where", {}).items()))
    raise ValueError(f"no conclusion: {sorted(written)}")


def _concluded_value(path: str, value: Any) -> bool | frozenset[str] | Interval:
    if isinstance(value, bool):
        return value
    if value == NEVER:
        return Interval(inf, inf)
    if isinstance(value, Mapping):
        node = _fact(path, value)
        assert isinstance(node, c.Within)
        return node.inside
    field = declared().field(path)
    assert isinstance(field, CodeField), path
    return vocabularies()[field.vocabulary_name].below(_list(value))


def _record_value(table: str, field: str, value: Any) -> Value:
    if isinstance(value, Mapping) and "fact" in value:
        return FactRef(value["fact"])
    assert isinstance(value, bool | str), f"{table}.{field}"
    return value


def _filter(table: str, names: str, value: Any) -> FieldFilter:
    fields = frozenset(f"{table}.{name.strip()}" for name in names.split("|"))
    if isinstance(value, Mapping) and "above_fact" in value:
        return FieldFilter(fields, FactRef(value["above_fact"]))
    concluded = _concluded_value(sorted(fields)[0], value)
    field = declared().field(sorted(fields)[0])
    if isinstance(concluded, frozenset) and isinstance(field, CodeField):
        concluded = vocabularies()[field.vocabulary_name].surely(_list(value))
    return FieldFilter(fields, concluded)


def reported(path: str, value: bool | str | frozenset[str] | Interval | FactRef) -> c.TruthNode:
    """The fact as reported is as concluded."""
    match value:
        case bool():
            return c.IsYes(path)
        case Interval():
            return c.Within(c.Fact(path), value, value)
        case FactRef():
            return c.All(())
        case str():
            return among(path, [value])
        case _:
            return among(path, sorted(value))


def concluded_records(conclusion: RecordConclusion | NoRecordConclusion) -> c.Records:
    """The records that a conclusion says exist, or do not."""
    table = conclusion.table
    if isinstance(conclusion, RecordConclusion):
        where = all_of(reported(f"{table}.{field}", value) for field, value in conclusion.values.items())
        codes = conclusion.values.get("condition")
        known = frozenset({codes}) if isinstance(codes, str) else frozenset()
    else:
        filters = conclusion.filters
        where = all_of(any_of(reported(path, part.value) for path in sorted(part.fields)) for part in filters)
        values = [part.value for part in filters if f"{table}.condition" in part.fields]
        known = frozenset().union(*(value for value in values if isinstance(value, frozenset)))
    if table == "conditions" and known:
        return c.Records(table, where, all_conditions_reported(sorted(known)))
    return c.Records(table, where)
