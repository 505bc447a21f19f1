"""Hypothesis strategies for the algebra: criteria of every node type, and patients with more or fewer known facts."""

from functools import cache
from math import inf
from typing import Any

import numpy as np
from hypothesis import strategies as st

from matching import nodes as c
from matching.cohort import CodeColumn, Cohort, Column, NumberColumn, RecordTable, YesNoColumn
from matching.interval import CONTINUOUS_STEP, Interval
from matching.patient_values import PatientValues, Plain, RecordList
from matching.truth import truth_of
from tests.reference import Patient

LEAVES = ("red", "pink", "green", "blue")
GROUPS = {"warm": {"red", "pink"}, "cool": {"green", "blue"}, "bright": {"red", "green"}, "some": set(LEAVES)}
"""The code of a group means an unknown member of it."""

CLOSED = ("warm", "cool", "bright")
"""Groups without further members; `some` may also mean a colour of no criterion."""

FIELDS = {"code": ("colour", "shade"), "truth": ("grown", "treated"), "number": ("size", "dose")}
TABLES = ("lesions", "history.courses")
PATIENT_FACTS = {"code": ("hue", "history.hue"), "truth": ("fit",), "number": ("age", "history.total")}
UNKNOWN = (-inf, inf)
MAX_RECORDS = 3
GRID = sorted(value + offset for value in (0.0, 1.0, 2.0, 5.0) for offset in (0.0, CONTINUOUS_STEP))


def paths(kind: str, scope: str | None) -> list[str]:
    """The facts of one kind that a node may read: those of the patient, and inside a filter those of the record."""
    inside = [f"{scope}.{field}" for field in FIELDS[kind]] if scope else []
    return [*PATIENT_FACTS[kind], *inside, *inside]


# --- criteria -------------------------------------------------------------------------------------


@st.composite
def intervals(draw: st.DrawFn, inside: Interval | None = None) -> Interval:
    """A range with one or two bounds that contains the given interval, if any; patients hit its bounds exactly."""
    ends = draw(st.sampled_from(GRID)), draw(st.sampled_from(GRID))
    low, high = min(ends), max(ends)
    drawn = draw(st.sampled_from([Interval(low, inf), Interval(-inf, high), Interval(low, high)]))
    return drawn if inside is None else drawn.hull(inside)


@st.composite
def withins(draw: st.DrawFn, number: st.SearchStrategy[c.NumberNode]) -> c.Within:
    inside = draw(intervals())
    possibly = draw(st.one_of(st.just(inside), intervals(inside)))
    return c.Within(draw(number), inside, possibly)


@st.composite
def amongs(draw: st.DrawFn, scope: str | None, lawful: bool) -> c.Among:
    """Wanted codes. Lawful: as in a vocabulary, so that a group is decided only when its members are."""
    path = draw(st.sampled_from(paths("code", scope)))
    if not lawful:
        codes = st.frozensets(st.sampled_from([*LEAVES, *GROUPS, "never reported"]), max_size=4)
        return c.Among(path, draw(codes), draw(codes))
    wanted = draw(st.frozensets(st.sampled_from(LEAVES), max_size=4))
    sure = wanted | {group for group in CLOSED if wanted >= GROUPS[group]}
    return c.Among(path, sure, frozenset(group for group in GROUPS if group not in sure and GROUPS[group] & wanted))


@cache
def truth_nodes(scope: str | None = None, depth: int = 3, lawful: bool = False) -> st.SearchStrategy[c.TruthNode]:
    """Criteria on the patient or, in a scope, filters on the records of a table.

    A filter may contain patient-level nodes, and lists of any table with filters of their own.
    """
    leaves: list[st.SearchStrategy[c.TruthNode]] = [
        amongs(scope, lawful),
        st.sampled_from(paths("truth", scope)).map(c.IsYes),
        withins(st.sampled_from(paths("number", scope)).map(c.Fact)),
        st.booleans().map(lambda favourable: c.Confirm("Is it so?", favourable)),
    ]
    if depth == 0:
        return st.one_of(leaves[:3])
    part = truth_nodes(scope, depth - 1, lawful)
    parts = st.lists(part, max_size=3).map(tuple)
    sources = st.lists(part, min_size=1, max_size=3).map(tuple)
    patient_level = [truth_nodes(None, depth - 1, lawful)] if scope else []
    exists = records(depth - 1, lawful).map(c.Exists)
    return st.one_of(
        *leaves,
        *patient_level,
        parts.map(c.All),
        parts.map(c.Any),
        part.map(c.Not),
        st.builds(c.AtLeast, st.integers(0, 4), parts),
        st.builds(c.Named, st.just("family/name"), part),
        sources.map(c.Consensus),
        sources.map(c.Agreed),
        st.builds(c.Preferred, part, part),
        exists,
        exists.map(c.Not),
        withins(number_nodes(scope, depth - 1, lawful)),
    )


@cache
def records(depth: int, lawful: bool = False) -> st.SearchStrategy[c.Records]:
    """Lists with a filter and, at times, a node that makes them complete."""

    def of_table(table: str) -> st.SearchStrategy[c.Records]:
        where = st.one_of(st.just(c.All(())), truth_nodes(table, depth, lawful), truth_nodes(table, depth, lawful))
        complete_if = st.one_of(st.just(c.Any(())), truth_nodes(None, min(depth, 1), lawful))
        return st.builds(c.Records, st.just(table), where, complete_if)

    return st.sampled_from(TABLES).flatmap(of_table)


@cache
def number_nodes(scope: str | None, depth: int, lawful: bool = False) -> st.SearchStrategy[c.NumberNode]:
    """Facts and numbers computed from a list; several may be sources of the same number."""
    fact = st.sampled_from(paths("number", scope)).map(c.Fact)
    if depth == 0:
        return fact
    some = records(depth - 1, lawful)
    field = st.sampled_from(FIELDS["number"])
    measures = [
        st.builds(lambda kind, found, name: kind(found, f"{found.table}.{name}"), st.just(kind), some, field)
        for kind in (c.Total, c.Largest, c.Smallest)
    ]
    sources = st.lists(number_nodes(scope, depth - 1, lawful), min_size=1, max_size=3).map(tuple)
    pair = st.builds(lambda first, second: c.Narrowed((first, second)), fact, number_nodes(scope, depth - 1, lawful))
    return st.one_of(fact, some.map(c.Count), *measures, pair, sources.map(c.Narrowed))


@cache
def criteria(lawful: bool = False) -> st.SearchStrategy[c.TruthNode]:
    """Criteria of any depth; half of them compare a number of a list, or of sources that may contradict each other."""
    measured = withins(number_nodes(None, 2, lawful))
    return st.one_of(truth_nodes(lawful=lawful), measured, measured.map(c.Not), truth_nodes(depth=2, lawful=lawful))


# --- patients -------------------------------------------------------------------------------------


def codes() -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *LEAVES, *LEAVES, *GROUPS])


@st.composite
def numbers(draw: st.DrawFn) -> tuple[float, float]:
    """A point, a range, or unknown. Quantities are not negative, as totals require."""
    low, high = draw(st.sampled_from(GRID)), draw(st.sampled_from([*GRID, inf]))
    return draw(st.sampled_from([(low, low), (low, low), (min(low, high), max(low, high)), UNKNOWN]))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "code": codes(),
    "truth": st.sampled_from([None, True, False]),
    "number": numbers(),
}


def record_values() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: VALUES[kind] for kind, names in FIELDS.items() for name in names})


def patients() -> st.SearchStrategy[Patient]:
    """A patient in the form of `tests.reference`."""
    facts = {path: VALUES[kind] for kind, names in PATIENT_FACTS.items() for path in names}
    table = st.fixed_dictionaries(
        {"records": st.lists(record_values(), max_size=MAX_RECORDS), "complete": st.sampled_from([None, True, False])}
    )
    return st.fixed_dictionaries({**facts, **dict.fromkeys(TABLES, table)})


@st.composite
def knowing_less(draw: st.DrawFn, patient: Patient) -> tuple[Patient, frozenset[str]]:
    """The same patient, of whom less is known: facts are forgotten, widened, or replaced by a group.

    Returns the tables that lost records as well; a list that was complete no longer is.
    """
    less = {path: draw(_less(value)) for path, value in patient.items() if path not in TABLES}
    shorter = set()
    for path in TABLES:
        complete, found = patient[path]["complete"], patient[path]["records"]
        kept = found
        if complete is not True or draw(st.booleans()):
            complete = None
            kept = [record for record in found if draw(st.integers(0, 3))]
        if len(kept) < len(found):
            shorter.add(path)
        records = [{name: draw(_less(value)) for name, value in record.items()} for record in kept]
        less[path] = {"records": records, "complete": complete}
    return less, frozenset(shorter)


def _less(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, str):
        return st.sampled_from([value, value, None, *(group for group in GROUPS if value in GROUPS[group])])
    if isinstance(value, bool):
        return st.sampled_from([value, value, None])
    if isinstance(value, tuple):
        wider = intervals(Interval(*value)).map(lambda found: (found.lo, found.hi))
        return st.one_of(st.just(value), wider, st.just(UNKNOWN))
    return st.just(None)


def cohort_of(patients: list[Patient]) -> Cohort:
    """The patients as columns."""
    facts = {
        path: column(kind, [patient[path] for patient in patients])
        for kind, names in PATIENT_FACTS.items()
        for path in names
    }
    return Cohort(len(patients), facts, {path: _table([patient[path] for patient in patients]) for path in TABLES})


def values_of(patient: Patient) -> PatientValues:
    """The patient as plain values."""
    facts = {path: plain(patient[path]) for names in PATIENT_FACTS.values() for path in names}
    return PatientValues(facts, {path: _listed(patient[path]) for path in TABLES})


def _listed(table: dict[str, Any]) -> RecordList:
    records = ({name: plain(value) for name, value in record.items()} for record in table["records"])
    return RecordList(tuple(records), truth_of(table["complete"]))


def plain(value: Any) -> Plain:
    """A value of the reference evaluator as a plain value."""
    return Interval(*value) if isinstance(value, tuple) else value


def _table(tables: list[dict[str, Any]]) -> RecordTable:
    offsets = np.cumsum([0, *(len(table["records"]) for table in tables)])
    found = [record for table in tables for record in table["records"]]
    columns = {
        name: column(kind, [record[name] for record in found]) for kind, names in FIELDS.items() for name in names
    }
    return RecordTable(offsets, _truths([table["complete"] for table in tables]), columns)


def column(kind: str, values: list[Any]) -> Column:
    """Values of the reference evaluator as a column."""
    if kind == "code":
        names = tuple(sorted({value for value in values if value is not None}))
        return CodeColumn(np.array([-1 if value is None else names.index(value) for value in values], np.int32), names)
    if kind == "truth":
        return YesNoColumn(_truths(values))
    pairs = np.array(values, np.float64).reshape(-1, 2)
    return NumberColumn(pairs[:, 0].copy(), pairs[:, 1].copy())


def _truths(values: list[bool | None]) -> np.ndarray[Any, np.dtype[np.int8]]:
    return np.array([0 if value is None else 1 if value else -1 for value in values], np.int8)
