"""The reading for one patient: what was observed, what settles it, and what is missing."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self, cast

from matching import nodes as c
from matching.dependencies import PATIENT, ReadFrom, belongs_to, field_of
from matching.describe import unit_path
from matching.interval import EVERYTHING
from matching.patient_values import PatientValues
from matching.scalar import ScalarReading
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from matching.wording import FactWording


class Missing(NamedTuple):
    """A fact that would help to settle a criterion, and the question that asks for it."""

    fact: str
    question: str


class Reason(NamedTuple):
    """Why a criterion has its truth. `evidence` holds paths into the summary."""

    observed: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


NOTHING = Reason()


def joined(reasons: Iterable[Reason]) -> Reason:
    """All of these as one, in order and without repetitions."""
    several = [reason for reason in reasons if reason is not NOTHING]
    if len(several) < 2:
        return several[0] if several else NOTHING
    return Reason(
        tuple(dict.fromkeys([one for reason in several for one in reason.observed])),
        tuple(dict.fromkeys([one for reason in several for one in reason.evidence])),
        tuple(dict.fromkeys([one for reason in several for one in reason.missing])),
    )


class Explainer(ScalarReading):
    """What one patient's summary says to any criterion, and why.

    `aliases` gives, for records that are derived, the path at which the summary states them. `like` is another
    patient, best one of whom nothing is stated: what reads only what both state alike has the same reason.
    """

    def __init__(
        self,
        person: PatientValues,
        words: FactWording,
        aliases: Mapping[str, str] | None = None,
        like: Self | None = None,
    ) -> None:
        super().__init__(person, like)
        self.words = words
        self.aliases = aliases or {}
        self._reasons: dict[c.TruthNode, Reason] = {}
        self._reasons_of_records: defaultdict[ReadFrom, dict[c.TruthNode, Reason]] = defaultdict(dict)
        self.ways: dict[tuple[c.TruthNode, Truth, ReadFrom], Any] = {}
        """What `matching.deciding_facts` found, for trials share most of what they ask."""
        self.told: dict[Hashable, Any] = {}
        """What was made of this patient's reasons, kept for those who are alike."""
        self._lists: dict[c.Records, Reason] = {}
        self._leaves: dict[tuple[str, ReadFrom, bool], Reason] = {}
        self._records_told: dict[tuple[ReadFrom, frozenset[str]], str] = {}
        self._rows_told: dict[tuple[ReadFrom, frozenset[str]], Reason] = {}

    def rows(self, scope: str | None) -> int:
        """How many values a node has in this scope: one for the patient, or one a record."""
        return 1 if scope is None else len(self.person.table(scope).records)

    def explain(self, node: c.TruthNode, place: ReadFrom = PATIENT) -> Reason:
        """Why the patient, or one record, meets the criterion, does not, or is unknown to.

        Trials share many nodes, so each is explained once.
        """
        reasons = self._reasons if place is PATIENT else self._reasons_of_records[place]
        known = reasons.get(node)
        if known is None:
            other = self.alike(node) if place is PATIENT else None
            known = reasons[node] = other.explain(node) if other else self._because(node, place)
        return known

    def _all(self, nodes: Iterable[c.TruthNode], place: ReadFrom) -> Reason:
        return joined([self.explain(node, place) for node in nodes])

    def _with(self, truth: Truth, nodes: Iterable[c.TruthNode], place: ReadFrom) -> list[c.TruthNode]:
        return [node for node in nodes if self.truth(node, place) is truth]

    def _because(self, node: c.TruthNode, place: ReadFrom) -> Reason:
        truth = self.truth(node, place)
        match node:
            case c.Among(path, _, _) | c.Holds(path):
                return self._leaf(path, place, truth)
            case c.Exists(records):
                return self._records(records, truth)
            case c.All(parts):
                return self._all(parts if truth is TRUE else self._with(truth, parts, place), place)
            case c.Any(parts):
                return self._all(parts if truth is FALSE else self._with(truth, parts, place), place)
            case c.AtLeast(_, parts):
                return self._all(self._with(truth, parts, place), place)
            case c.Not(part):
                return self.explain(part, place)
            case c.Named(_, part):
                return self.explain(part, place)
            case c.Consensus(parts):
                return self._consensus(parts, place, truth)
            case c.Agreed(sources):
                return self._all(self._with(truth, sources, place) or sources, place)
            case c.Preferred(first, otherwise):
                decided = self.truth(first, place) is not UNKNOWN
                return self.explain(first, place) if decided else self._all((first, otherwise), place)
            case c.Within(number, _, _):
                return self._number(number, place, truth is UNKNOWN)
            case c.Confirm():
                return NOTHING

    def _consensus(self, parts: tuple[c.TruthNode, ...], place: ReadFrom, truth: Truth) -> Reason:
        """Each definition's answer; where two disagree a clinician must judge, and no fact settles it."""
        truths = {self.truth(part, place) for part in parts}
        disagree = {TRUE, FALSE} <= truths
        below = NOTHING if disagree else self._all(self._with(truth, parts, place), place)
        answers = tuple(
            f"{self.words.definition(part.name)}: {ANSWERS[self.truth(part, place)]}"
            for part in parts
            if isinstance(part, c.Named)
        )
        return Reason(answers or below.observed, below.evidence, below.missing)

    # --- leaves -------------------------------------------------------------------------------------

    def _leaf(self, path: str, place: ReadFrom, truth: Truth) -> Reason:
        unknown = truth is UNKNOWN
        known = self._leaves.get((path, place, unknown))
        if known is None:
            stated = (self._stated(path, place),)
            known = (
                Reason(stated, missing=self.asked(path, place))
                if unknown
                else Reason(stated, (self.path(path, place),))
            )
            self._leaves[path, place, unknown] = known
        return known

    def _stated(self, path: str, place: ReadFrom) -> str:
        if place.table is not None and belongs_to(path, place.table):
            return self._record(place, frozenset({field_of(path, place.table)}))
        return self.words.fact(path, self.person.facts.get(path))

    def _record(self, place: ReadFrom, fields: frozenset[str]) -> str:
        table = cast(str, place.table)
        return f"{self.words.one(table)} {place.row + 1}: {self._brief(place, fields)}"

    def _brief(self, place: ReadFrom, fields: frozenset[str] = frozenset()) -> str:
        """What is stated of a record; told many times, so put into words once."""
        known = self._records_told.get((place, fields))
        if known is None:
            stated = self.person.table(cast(str, place.table)).records[place.row]
            known = self.words.record(cast(str, place.table), stated, fields)
            self._records_told[place, fields] = known
        return known

    def asked(self, path: str, place: ReadFrom) -> tuple[Missing, ...]:
        """The question for a fact, and for each other fact that would tell it as well."""
        return tuple(self._question(one, place) for one in self.words.told_by(path))

    def _question(self, path: str, place: ReadFrom) -> Missing:
        if place.table is None or not belongs_to(path, place.table):
            return Missing(path, self.words.ask_fact(path))
        field = field_of(path, place.table)
        question = self.words.ask_record(place.table, field, place.row, self._brief(place))
        return Missing(self.path(path, place), question)

    def path(self, fact: str, place: ReadFrom) -> str:
        """Where a fact stands in the summary as it was written."""
        path = place.path(fact)
        for derived, written in self.aliases.items():
            if path.startswith(derived):
                return written + path[len(derived) :]
        return path

    # --- numbers ------------------------------------------------------------------------------------

    def _number(self, number: c.NumberNode, place: ReadFrom, unknown: bool) -> Reason:
        match number:
            case c.Fact(path):
                return self._leaf(path, place, UNKNOWN if unknown else TRUE)
            case c.Narrowed(sources):
                known = [source for source in sources if self.number(source, place) != EVERYTHING]
                below = joined(self._number(source, place, unknown) for source in (sources if unknown else known))
                return Reason((self.sum_of(number, place),), below.evidence, below.missing)
            case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
                below = self._counted(number, records) if unknown else NOTHING
                rows = tuple(self.path(f"{records.table}[{row}]", PATIENT) for row, _ in self.matching(records))
                return Reason((self.sum_of(number, place),), rows, below.missing)

    def sum_of(self, number: c.NumberNode, place: ReadFrom = PATIENT) -> str:
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
        reasons = [self._unsettled(records)]
        if isinstance(number, c.Total | c.Largest | c.Smallest):
            for row, truth in self.matching(records):
                place = ReadFrom(records.table, row)
                if truth is not FALSE and not self.number(c.Fact(number.fact), place).is_point:
                    reasons.append(Reason(missing=self.asked(number.fact, place)))
        return joined(reasons)

    # --- records ------------------------------------------------------------------------------------

    def matching(self, records: c.Records) -> Iterable[tuple[int, Truth]]:
        """Each listed record by its place, from 0, with whether it matches."""
        return enumerate(self.found(records).truths)

    def _settled(self, records: c.Records) -> bool:
        """Whether nothing that matches was left out."""
        return self.found(records).complete

    def _records(self, records: c.Records, truth: Truth) -> Reason:
        if truth is UNKNOWN:
            return self._unsettled(records)
        wanted = [row for row, one in self.matching(records) if one is truth]
        reasons = [self._told(records, row) for row in wanted]
        if truth is FALSE:
            told = () if wanted else (f"no {self.words.one(records.table)} listed, and the list is settled",)
            settled = self.explain(records.settled_by, PATIENT) if self.truth(records.settled_by) is TRUE else NOTHING
            reasons.append(Reason(told + settled.observed, settled.evidence + self._completing(records)))
        return joined(reasons)

    def _completing(self, records: c.Records) -> tuple[str, ...]:
        """The flag that settled the list, unless something else did."""
        by_flag = self.person.table(records.table).complete is TRUE
        return self.words.completes(records.table)[:1] if by_flag else ()

    def _told(self, records: c.Records, row: int) -> Reason:
        place, fields = ReadFrom(records.table, row), asked_fields(records)
        known = self._rows_told.get((place, fields))
        if known is None:
            known = Reason((self._record(place, fields),), (self.path(f"{records.table}[{row}]", PATIENT),))
            self._rows_told[place, fields] = known
        return known

    def _unsettled(self, records: c.Records) -> Reason:
        reasons = []
        for row in self.unknown_rows(records):
            missing = self.explain(records.where, ReadFrom(records.table, row)).missing
            reasons += [self._told(records, row), Reason(missing=missing)]
        if not self._settled(records):
            reasons.append(self._list(records))
        return joined(reasons)

    def unknown_rows(self, records: c.Records) -> list[int]:
        """The records of which it is unknown whether they match."""
        return [row for row, truth in self.matching(records) if truth is UNKNOWN]

    def list_missing(self, records: c.Records) -> tuple[Missing, ...]:
        """What is asked because the list may lack a record; nothing where it is settled."""
        return () if self._settled(records) else self._list(records).missing

    def missing_of(self, number: c.NumberNode) -> tuple[Missing, ...]:
        """Every fact that a number made of records waits for."""
        return self._number(number, PATIENT, unknown=True).missing

    def _list(self, records: c.Records) -> Reason:
        """What would settle that nothing was left out: the list marked complete, or what settles this filter."""
        known = self._lists.get(records)
        if known is None:
            other = self.alike(records.settled_by)
            known = self._lists[records] = other._list(records) if other else self._completed(records)
        return known

    def _completed(self, records: c.Records) -> Reason:
        completing = self.words.completes(records.table)
        settling = self.explain(records.settled_by, PATIENT).missing
        reason = Reason(missing=tuple(one for one in settling if one.fact not in completing))
        if completing or not reason.missing:
            told = f"{self.words.one(records.table)} list not marked complete"
            question = self.words.ask_list(records.table, records.where)
            flag = Missing(completing[0] if completing else records.table, question)
            counts = tuple(Missing(path, self.words.ask_fact(path)) for path in completing[1:])
            reason = Reason((told,), (), (*reason.missing, flag, *counts))
        return reason


@lru_cache(maxsize=1 << 14)
def asked_fields(records: c.Records) -> frozenset[str]:
    """The fields of a record that the filter reads."""
    leaves = (node for node in c.walk(records.where) if isinstance(node, c.Among | c.Holds | c.Fact))
    paths = (leaf.path if isinstance(leaf, c.Fact) else leaf.fact for leaf in leaves)
    return frozenset(field_of(path, records.table) for path in paths if belongs_to(path, records.table))


ANSWERS = {TRUE: "holds", FALSE: "does not hold", UNKNOWN: "unknown"}
