"""The reading for one patient: what was observed, what settles it, and what is missing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np

from matching import criteria as c
from matching.cohort import Cohort, Numbers
from matching.describe import unit_path
from matching.evaluate import Matches, Program, Value, belongs_to, field_of, mentions
from matching.interval import EVERYTHING, Interval
from matching.truth import Truth, Truths
from matching.words import Words


@dataclass(frozen=True)
class Missing:
    """A fact that would help to settle a criterion, and the question that asks for it."""

    fact: str
    question: str


@dataclass(frozen=True)
class Reason:
    """Why a criterion has its truth. `evidence` holds paths into the summary."""

    observed: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()

    def __add__(self, other: "Reason") -> "Reason":
        return Reason(self.observed + other.observed, self.evidence + other.evidence, self.missing + other.missing)

    def distinct(self) -> "Reason":
        """Without repetitions, in order."""
        return Reason(
            tuple(dict.fromkeys(self.observed)),
            tuple(dict.fromkeys(self.evidence)),
            tuple(dict.fromkeys(self.missing)),
        )


NOTHING = Reason()


@dataclass(frozen=True)
class Place:
    """Where a node is read: on the patient, or on one record of a table."""

    table: str | None = None
    row: int = 0

    def path(self, fact: str) -> str:
        """Where the fact stands in the summary: with the number of the record, if it is one of a record."""
        if self.table is not None and belongs_to(fact, self.table):
            return f"{self.table}[{self.row}].{field_of(fact, self.table)}"
        return fact


PATIENT = Place()


class OnePatient:
    """All values of a compiled program for a cohort of one.

    `aliases` gives, for records that are derived, the path at which the summary states them.

    Raises: ValueError for a cohort of another size.
    """

    def __init__(
        self, program: Program, cohort: Cohort, words: Words, aliases: Mapping[str, str] | None = None
    ) -> None:
        if cohort.size != 1:
            raise ValueError("a reason is for one patient")
        self.program, self.cohort, self.words = program, cohort, words
        self.aliases = aliases or {}
        self.values = program.run(cohort)
        self._truths: dict[c.TruthNode, Truth] = {}
        self._reasons: dict[c.TruthNode, Reason] = {}
        self._records_told: dict[tuple[Place, frozenset[str]], str] = {}

    def _value(self, node: c.Node, place: Place) -> tuple[Value, int]:
        """The node's values and the row among them; a node that reads no record has one for the patient."""
        row = place.row if place.table is not None and mentions(node, place.table) else 0
        return self.values[self.program.place(node, place.table)], row

    def truth(self, node: c.TruthNode, place: Place = PATIENT) -> Truth:
        """The node's truth."""
        if place is not PATIENT:
            truths, row = self._value(node, place)
            return TRUTHS[cast(Truths, truths).item(row)]
        known = self._truths.get(node)
        if known is None:
            truths = self.values[self.program.place(node, None)]
            known = self._truths[node] = TRUTHS[cast(Truths, truths).item(0)]
        return known

    def number(self, node: c.NumberNode, place: Place = PATIENT) -> Interval:
        """What is known of a number. Units: canonical."""
        found, row = self._value(node, place)
        assert isinstance(found, Numbers)
        return Interval(float(found.lo[row]), float(found.hi[row]))

    def rows(self, scope: str | None) -> int:
        """How many values a node has in this scope: one for the patient, or one a record."""
        return 1 if scope is None else int(self.cohort.table(scope).offsets[-1])

    def explain(self, node: c.TruthNode, place: Place = PATIENT) -> Reason:
        """Why the patient, or one record, meets the criterion, does not, or is unknown to."""
        return self._truth(node, place).distinct()

    def _all(self, nodes: Iterable[c.TruthNode], place: Place) -> Reason:
        return sum((self._truth(node, place) for node in nodes), NOTHING)

    def _with(self, truth: Truth, nodes: Iterable[c.TruthNode], place: Place) -> list[c.TruthNode]:
        return [node for node in nodes if self.truth(node, place) == truth]

    def _truth(self, node: c.TruthNode, place: Place) -> Reason:
        """The reason of a node; trials share many nodes, so each is explained once."""
        if place is not PATIENT:
            return self._because(node, place)
        known = self._reasons.get(node)
        if known is None:
            known = self._reasons[node] = self._because(node, place).distinct()
        return known

    def _because(self, node: c.TruthNode, place: Place) -> Reason:
        truth = self.truth(node, place)
        match node:
            case c.All(parts):
                return self._all(parts if truth == Truth.TRUE else self._with(truth, parts, place), place)
            case c.Any(parts):
                return self._all(parts if truth == Truth.FALSE else self._with(truth, parts, place), place)
            case c.AtLeast(_, parts):
                return self._all(self._with(truth, parts, place), place)
            case c.Not(part):
                return self._truth(part, place)
            case c.Named(_, part):
                return self._truth(part, place)
            case c.Consensus(parts):
                return self._consensus(parts, place, truth)
            case c.Agreed(sources):
                return self._all(self._with(truth, sources, place) or sources, place)
            case c.Preferred(first, otherwise):
                decided = self.truth(first, place) != Truth.UNKNOWN
                return self._truth(first, place) if decided else self._all((first, otherwise), place)
            case c.Within(number, _, _):
                return self._number(number, place, truth == Truth.UNKNOWN)
            case c.Among(path, _, _) | c.Holds(path):
                return self._leaf(path, place, truth)
            case c.Exists(records):
                return self._records(records, truth)
            case c.Confirm():
                return NOTHING

    def _consensus(self, parts: tuple[c.TruthNode, ...], place: Place, truth: Truth) -> Reason:
        """Each definition's answer; where two disagree a clinician must judge, and no fact settles it."""
        truths = {self.truth(part, place) for part in parts}
        disagree = {Truth.TRUE, Truth.FALSE} <= truths
        below = NOTHING if disagree else self._all(self._with(truth, parts, place), place)
        answers = tuple(
            f"{self.words.definition(part.name)}: {ANSWERS[self.truth(part, place)]}"
            for part in parts
            if isinstance(part, c.Named)
        )
        return Reason(answers or below.observed, below.evidence, below.missing)

    # --- leaves -------------------------------------------------------------------------------------

    def _leaf(self, path: str, place: Place, truth: Truth) -> Reason:
        stated = self._stated(path, place)
        missing = () if truth != Truth.UNKNOWN else self._ask(path, place)
        return Reason((stated,), (self.path(path, place),) if truth != Truth.UNKNOWN else (), missing)

    def _stated(self, path: str, place: Place) -> str:
        if place.table is not None and belongs_to(path, place.table):
            return self._record(place, frozenset({field_of(path, place.table)}))
        return self.words.fact(path, 0, self.cohort)

    def _record(self, place: Place, fields: frozenset[str]) -> str:
        table = cast(str, place.table)
        return f"{self.words.one(table)} {place.row + 1}: {self._brief(place, fields)}"

    def _brief(self, place: Place, fields: frozenset[str] = frozenset()) -> str:
        """What is stated of a record; told many times, so put into words once."""
        known = self._records_told.get((place, fields))
        if known is None:
            known = self.words.record(cast(str, place.table), place.row, self.cohort, fields)
            self._records_told[place, fields] = known
        return known

    def _ask(self, path: str, place: Place) -> tuple[Missing, ...]:
        """The question for a fact, and for each other fact that would tell it as well."""
        return tuple(self._question(one, place) for one in self.words.told_by(path))

    def _question(self, path: str, place: Place) -> Missing:
        if place.table is None or not belongs_to(path, place.table):
            return Missing(path, self.words.ask_fact(path))
        field = field_of(path, place.table)
        question = self.words.ask_record(place.table, field, place.row, self._brief(place))
        return Missing(self.path(path, place), question)

    def path(self, fact: str, place: Place) -> str:
        """Where a fact stands in the summary as it was written."""
        path = place.path(fact)
        for derived, written in self.aliases.items():
            if path.startswith(derived):
                return written + path[len(derived) :]
        return path

    # --- numbers ------------------------------------------------------------------------------------

    def _number(self, number: c.NumberNode, place: Place, unknown: bool) -> Reason:
        match number:
            case c.Fact(path):
                return self._leaf(path, place, Truth.UNKNOWN if unknown else Truth.TRUE)
            case c.Narrowed(sources):
                known = [source for source in sources if self.number(source, place) != EVERYTHING]
                parts = (self._number(source, place, unknown) for source in (sources if unknown else known))
                below = sum(parts, NOTHING)
                return Reason((self.sum_of(number, place),), below.evidence, below.missing)
            case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
                below = self._counted(number, records) if unknown else NOTHING
                rows = tuple(self.path(f"{records.table}[{row}]", PATIENT) for row, _ in self._rows(records))
                return Reason((self.sum_of(number, place),), rows, below.missing)

    def sum_of(self, number: c.NumberNode, place: Place = PATIENT) -> str:
        """A number in words: what it is of, and what is known of it."""
        path, where = unit_path(number)
        words = self.words
        known = words.value(path, self.number(number, place), where)
        match number:
            case c.Narrowed(sources) if not isinstance(sources[0], c.Fact):
                return self.sum_of(sources[0], place)
            case c.Narrowed((c.Fact(fact), *_)):
                return f"{words.label(fact)} {known}"
            case c.Count(records):
                return f"{known} such {words.one(records.table)}(s)"
            case _:
                return f"{type(number).__name__.lower()} {words.label(path)} {known}"

    def _counted(self, number: c.NumberNode, records: c.Records) -> Reason:
        reason = self._unsettled(records)
        if isinstance(number, c.Total | c.Largest | c.Smallest):
            for row, truth in self._rows(records):
                place = Place(records.table, row)
                if truth != Truth.FALSE and not self._field(number.fact, place).is_point:
                    reason += Reason(missing=self._ask(number.fact, place))
        return reason

    def _field(self, path: str, place: Place) -> Interval:
        table = cast(str, place.table)
        column = self.cohort.table(table).columns.get(field_of(path, table))
        if not isinstance(column, Numbers):
            return EVERYTHING
        return Interval(float(column.lo[place.row]), float(column.hi[place.row]))

    # --- records ------------------------------------------------------------------------------------

    def _rows(self, records: c.Records) -> Iterator[tuple[int, Truth]]:
        found = cast(Matches, self._value(records, PATIENT)[0])
        for row, truth in enumerate(found.truths):
            yield row, Truth(int(truth))

    def _records(self, records: c.Records, truth: Truth) -> Reason:
        if truth == Truth.UNKNOWN:
            return self._unsettled(records)
        wanted = [row for row, one in self._rows(records) if one == truth]
        reason = sum((self._told(records, row) for row in wanted), NOTHING)
        if truth == Truth.FALSE:
            told = () if wanted else (f"no {self.words.one(records.table)} listed, and the list is settled",)
            settled = self._truth(records.settled_by, PATIENT) if self.truth(records.settled_by) == 1 else NOTHING
            reason += Reason(told + settled.observed, settled.evidence + self._completing(records))
        return reason

    def _completing(self, records: c.Records) -> tuple[str, ...]:
        """The flag that settled the list, unless something else did."""
        by_flag = bool(self.cohort.table(records.table).complete[0] > 0)
        return self.words.completes(records.table)[:1] if by_flag else ()

    def _told(self, records: c.Records, row: int) -> Reason:
        place = Place(records.table, row)
        return Reason((self._record(place, asked_fields(records)),), (self.path(f"{records.table}[{row}]", PATIENT),))

    def _unsettled(self, records: c.Records) -> Reason:
        reason = NOTHING
        for row, truth in self._rows(records):
            if truth == Truth.UNKNOWN:
                place = Place(records.table, row)
                reason += self._told(records, row) + Reason(missing=self._truth(records.where, place).missing)
        found = cast(Matches, self._value(records, PATIENT)[0])
        if not np.any(found.complete > 0):
            reason += self._list(records)
        return reason

    def unknown_rows(self, records: c.Records) -> list[int]:
        """The records of which it is unknown whether they match."""
        return [row for row, truth in self._rows(records) if truth == Truth.UNKNOWN]

    def list_missing(self, records: c.Records) -> tuple[Missing, ...]:
        """What is asked because the list may lack a record; nothing where it is settled."""
        found = cast(Matches, self._value(records, PATIENT)[0])
        return () if np.any(found.complete > 0) else self._list(records).missing

    def missing_of(self, number: c.NumberNode) -> tuple[Missing, ...]:
        """Every fact that a number made of records waits for."""
        return self._number(number, PATIENT, unknown=True).distinct().missing

    def _list(self, records: c.Records) -> Reason:
        """What would settle that nothing was left out: the list marked complete, or what settles this filter."""
        completing = self.words.completes(records.table)
        settling = self._truth(records.settled_by, PATIENT).missing
        reason = Reason(missing=tuple(one for one in settling if one.fact not in completing))
        if completing or not reason.missing:
            told = f"{self.words.one(records.table)} list not marked complete"
            question = self.words.ask_list(records.table, records.where)
            flag = Missing(completing[0] if completing else records.table, question)
            counts = tuple(Missing(path, self.words.ask_fact(path)) for path in completing[1:])
            reason += Reason((told,), (), (flag, *counts))
        return reason


@lru_cache(maxsize=1 << 14)
def asked_fields(records: c.Records) -> frozenset[str]:
    """The fields of a record that the filter reads."""
    leaves = (node for node in c.walk(records.where) if isinstance(node, c.Among | c.Holds | c.Fact))
    paths = (leaf.path if isinstance(leaf, c.Fact) else leaf.fact for leaf in leaves)
    return frozenset(field_of(path, records.table) for path in paths if belongs_to(path, records.table))


TRUTHS = {int(truth): truth for truth in Truth}
"""Looked up: the constructor of an enum costs more than the rest of reading a truth."""
ANSWERS = {Truth.TRUE: "holds", Truth.FALSE: "does not hold", Truth.UNKNOWN: "unknown"}
