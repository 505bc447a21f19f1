"""Translates criteria to SQL and evaluates them with DuckDB over the columns of a cohort.

A truth is a BOOLEAN whose NULL means unknown: AND, OR and NOT of SQL are Kleene's. A number is two columns, its
bounds. A node that several criteria share becomes a column of a subquery, as in hand-written SQL, and is computed once.
No code is shared with the evaluator; the test and the benchmark that compare the two fail where they disagree.
"""

from collections.abc import Callable, Sequence
from math import inf, isinf
from time import process_time
from typing import Any

import numpy as np
import pyarrow as pa

from matching import nodes as c
from matching.cohort import CodeColumn, Cohort, Column, NumberColumn, RecordTable, YesNoColumn
from matching.interval import Interval

Number = tuple[str, str]


def duckdb_connection(cohort: Cohort) -> Any:
    """Return a connection with the cohort as tables, on one thread like the evaluator."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    facts = {"row_number": pa.array(np.arange(cohort.size))}
    for path, column in cohort.facts.items():
        facts |= _arrow(path, column, cohort.size)
    for path, table in cohort.tables.items():
        facts[f"{path}:complete"] = _truths(table.complete, cohort.size)
        _create(connection, path, _records(table))
    _create(connection, "patients", facts)
    return connection


def run_statement(cohort: Cohort, statement: str) -> tuple[float, list[Any]]:
    """Run a statement over the cohort; return its CPU time in seconds and the truths of each column."""
    connection = duckdb_connection(cohort)
    begun = process_time()
    answers = connection.execute(statement).fetchnumpy()
    seconds = process_time() - begun
    connection.close()
    return seconds, [_signs(column) for column in answers.values()]


def _signs(column: Any) -> Any:
    """Return 1 for TRUE, 0 for NULL and -1 for FALSE."""
    return np.where(np.ma.getmaskarray(column), 0, np.where(np.ma.getdata(column), 1, -1))


def _create(connection: Any, name: str, columns: dict[str, pa.Array]) -> None:
    connection.register("arrow", pa.table(columns))
    connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM arrow')
    connection.unregister("arrow")


def _records(table: RecordTable) -> dict[str, pa.Array]:
    columns = {"owner": pa.array(table.owners)}
    for name, column in table.columns.items():
        columns |= _arrow(name, column, table.records)
    return columns


def _arrow(name: str, column: Column, size: int) -> dict[str, pa.Array]:
    match column:
        case NumberColumn(lo, hi):
            return {f"{name}:{end}": pa.array(np.broadcast_to(bound, size)) for end, bound in (("lo", lo), ("hi", hi))}
        case YesNoColumn(values):
            return {name: _truths(values, size)}
        case CodeColumn(values, names):
            codes = np.broadcast_to(values, size)
            words = pa.DictionaryArray.from_arrays(pa.array(codes, mask=codes < 0), pa.array(names, pa.string()))
            return {name: words.cast(pa.string())}


def _truths(values: Any, size: int) -> pa.Array:
    signs = np.broadcast_to(values, size)
    return pa.array(signs > 0, mask=signs == 0)


class SqlQuery:
    """Builds one statement for many criteria; the records of each list are aggregated by patient first."""

    def __init__(self) -> None:
        self.aggregates: dict[str, dict[str, str]] = {}
        self.columns: list[dict[str, str]] = []
        self._known: dict[c.Node, tuple[int, Number]] = {}

    def statement(self, criteria: Sequence[c.TruthNode]) -> str:
        """Return a statement that selects a row for each patient, in order, with a column for each criterion."""
        answers = ", ".join(f"{self.truth(criterion, None)} AS t{index}" for index, criterion in enumerate(criteria))
        inner = self._patients()
        for columns in self.columns:
            inner = (
                f"SELECT *, {', '.join(f'{sql} AS {name}' for sql, name in columns.items())} FROM ({inner}) AS patients"
            )
        return f"SELECT {answers} FROM ({inner}) AS patients ORDER BY row_number"

    def _patients(self) -> str:
        """Select the patients with the aggregates of their records."""
        joins = " ".join(
            f"LEFT JOIN (SELECT owner, {', '.join(f'{sql} AS {name}' for sql, name in columns.items())} "
            f'FROM {_source(table)} GROUP BY owner) AS "by {table}" ON "by {table}".owner = patients.row_number'
            for table, columns in self.aggregates.items()
        )
        return f"SELECT patients.*, {', '.join(self._names()) or '0'} FROM patients {joins}"

    def _names(self) -> list[str]:
        return [name for columns in self.aggregates.values() for name in columns.values()]

    def truth(self, node: c.TruthNode, table: str | None) -> str:
        """Return the SQL of a truth; a truth of the patient that has parts is a column."""
        if table is not None or isinstance(node, c.Named | c.Not | c.Confirm | c.Among | c.IsYes):
            return self._truth(node, table)
        return self._column(node, lambda: (self._truth(node, None), ""))[0]

    def _column(self, node: c.Node, make: Callable[[], Number]) -> Number:
        """Return the names of a node's columns, one level above the columns they read."""
        if node not in self._known:
            parts = make()
            level = 1 + max((self._level(below) for below in c.children(node)), default=-1)
            self.columns.extend({} for _ in range(level + 1 - len(self.columns)))
            named = tuple(self._named(level, sql) if sql else "" for sql in parts)
            self._known[node] = level, (named[0], named[1])
        return self._known[node][1]

    def _named(self, level: int, sql: str) -> str:
        columns = self.columns[level]
        return columns.setdefault(sql, f"c{level}_{len(columns)}")

    def _level(self, node: c.Node) -> int:
        if node in self._known:
            return self._known[node][0]
        return max((self._level(below) for below in c.children(node)), default=-1)

    def _truth(self, node: c.TruthNode, table: str | None) -> str:
        match node:
            case c.All(parts):
                return self._joined("AND", parts, table, "TRUE")
            case c.Any(parts):
                return self._joined("OR", parts, table, "FALSE")
            case c.Not(part):
                return f"(NOT {self.truth(part, table)})"
            case c.Named(_, part):
                return self.truth(part, table)
            case c.Confirm(_, favourable):
                return "TRUE" if favourable else "FALSE"
            case c.Among(path, codes, possible):
                return _among(_name(path, table), codes, possible)
            case c.IsYes(path):
                return _name(path, table)
            case c.Within(number, inside, possibly):
                return _within(self.number(number, table), inside, possibly)
            case c.Exists(records):
                return self._exists(records)
            case c.AtLeast(count, parts):
                return _at_least(count, [self.truth(part, table) for part in parts])
            case c.Consensus(parts):
                all_true, any_true = (
                    self._joined("AND", parts, table, "TRUE"),
                    self._joined("OR", parts, table, "FALSE"),
                )
                return f"(CASE WHEN {all_true} THEN TRUE WHEN NOT {any_true} THEN FALSE END)"
            case c.Agreed(sources):
                yes, no = (
                    " OR ".join(f"{self.truth(source, table)} IS {word}" for source in sources)
                    for word in (True, False)
                )
                return f"(CASE WHEN ({yes}) AND NOT ({no}) THEN TRUE WHEN ({no}) AND NOT ({yes}) THEN FALSE END)"
            case c.Preferred(first, otherwise):
                return f"COALESCE({self.truth(first, table)}, {self.truth(otherwise, table)})"

    def _joined(self, word: str, parts: Sequence[c.TruthNode], table: str | None, empty: str) -> str:
        return f"({f' {word} '.join(self.truth(part, table) for part in parts)})" if parts else empty

    def number(self, node: c.NumberNode, table: str | None) -> Number:
        if table is not None or isinstance(node, c.Fact):
            return self._number(node, table)
        return self._column(node, lambda: self._number(node, None))

    def _number(self, node: c.NumberNode, table: str | None) -> Number:
        match node:
            case c.Fact(path):
                return _name(path, table, ":lo"), _name(path, table, ":hi")
            case c.Narrowed(sources):
                bounds = [self.number(source, table) for source in sources]
                lo = f"GREATEST({', '.join(low for low, _ in bounds)})"
                hi = f"LEAST({', '.join(high for _, high in bounds)})"
                return f"(CASE WHEN {lo} > {hi} THEN {_number(-inf)} ELSE {lo} END)", (
                    f"(CASE WHEN {lo} > {hi} THEN {_number(inf)} ELSE {hi} END)"
                )
            case c.Count(records):
                return self._bounds(records, "SUM", ("1", "1"), 0.0)
            case c.Total(records, fact):
                lo, hi = self.number(c.Fact(fact), records.table)
                return self._bounds(records, "SUM", (f"GREATEST({lo}, 0)", hi), 0.0)
            case c.Largest(records, fact):
                return self._bounds(records, "MAX", self.number(c.Fact(fact), records.table), -inf)
            case c.Smallest(records, fact):
                lo, hi = self.number(c.Fact(fact), records.table)
                high, low = self._bounds(records, "MIN", (hi, lo), inf, unbounded=-inf)
                return low, high

    def _exists(self, records: c.Records) -> str:
        where = self.truth(records.where, records.table)
        yes = self._aggregate(records.table, f"BOOL_OR({where})")
        maybe = self._aggregate(records.table, f"BOOL_OR(({where}) IS NULL)")
        return f"(CASE WHEN {yes} THEN TRUE WHEN {self._complete(records)} AND {maybe} IS NOT TRUE THEN FALSE END)"

    def _complete(self, records: c.Records) -> str:
        return f'(patients."{records.table}:complete" IS TRUE OR {self.truth(records.complete_if, None)} IS TRUE)'

    def _bounds(
        self, records: c.Records, function: str, values: Number, empty: float, unbounded: float = inf
    ) -> Number:
        """Return the bounds over the sure and the possible matches; unbounded if the list may be incomplete."""
        where = self.truth(records.where, records.table)
        sure = self._aggregate(records.table, f"{function}({values[0]}) FILTER ({where})")
        maybe = self._aggregate(records.table, f"{function}({values[1]}) FILTER (({where}) IS NOT FALSE)")
        least, most = (f"COALESCE({bound}, {_number(empty)})" for bound in (sure, maybe))
        return least, f"(CASE WHEN {self._complete(records)} THEN {most} ELSE {_number(unbounded)} END)"

    def _aggregate(self, table: str, sql: str) -> str:
        columns = self.aggregates.setdefault(table, {})
        return columns.setdefault(sql, f"g{sum(map(len, self.aggregates.values()))}")


def _source(table: str) -> str:
    """Join the records with the facts of their patient, because a filter may read these too."""
    return f'"{table}" JOIN patients ON patients.row_number = "{table}".owner'


def _name(path: str, table: str | None, end: str = "") -> str:
    if table is not None and path.startswith(f"{table}."):
        return f'"{table}"."{path[len(table) + 1 :]}{end}"'
    return f'patients."{path}{end}"'


def _number(value: float) -> str:
    return f"'{'-' if value < 0 else ''}inf'::DOUBLE" if isinf(value) else repr(float(value))


def _listed(codes: frozenset[str]) -> str:
    return ", ".join(f"'{code}'" for code in sorted(codes)) or "NULL"


def _among(name: str, codes: frozenset[str], possible: frozenset[str]) -> str:
    if not codes and not possible:
        return f"(CASE WHEN {name} IS NOT NULL THEN FALSE END)"
    if not possible:
        return f"({name} IN ({_listed(codes)}))"
    sure = f"WHEN {name} IN ({_listed(codes)}) THEN TRUE " if codes else ""
    return f"(CASE {sure}WHEN {name} IN ({_listed(possible)}) THEN NULL WHEN {name} IS NOT NULL THEN FALSE END)"


def _within(number: Number, inside: Interval, possibly: Interval) -> str:
    lo, hi = number
    sure = " AND ".join(_comparisons((lo, ">=", inside.lo), (hi, "<=", inside.hi))) or "TRUE"
    never = " OR ".join(_comparisons((hi, "<", possibly.lo), (lo, ">", possibly.hi))) or "FALSE"
    return f"(CASE WHEN {sure} THEN TRUE WHEN {never} THEN FALSE END)"


def _comparisons(*bounds: tuple[str, str, float]) -> list[str]:
    return [f"{name} {sign} {_number(bound)}" for name, sign, bound in bounds if not isinf(bound)]


def _at_least(count: int, parts: Sequence[str]) -> str:
    sure = " + ".join(f"({part} IS TRUE)::INT" for part in parts) or "0"
    maybe = " + ".join(f"({part} IS NOT FALSE)::INT" for part in parts) or "0"
    return f"(CASE WHEN {sure} >= {count} THEN TRUE WHEN {maybe} < {count} THEN FALSE END)"
