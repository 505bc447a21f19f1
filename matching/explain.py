"""Explains a criterion for one patient: what was observed, which facts prove it, and which are missing."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self, cast

from matching import nodes as c
from matching.dependencies import PATIENT, Scope, belongs_to, field_of
from matching.describe import unit_path
from matching.interval import EVERYTHING
from matching.patient_values import PatientValues
from matching.scalar import ScalarEngine
from matching.truth import FALSE, TRUE, UNKNOWN, Truth
from matching.wording import FactWording


class MissingFact(NamedTuple):
    """A fact that would help to decide a criterion, and the question that asks for it."""

    fact: str
    question: str


class Reason(NamedTuple):
    """Why a criterion has its truth. `evidence` are paths into the summary."""

    observed: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    missing: tuple[MissingFact, ...] = ()


NO_REASON = Reason()


def join_reasons(reasons: Iterable[Reason]) -> Reason:
    """Join reasons into one, in order and without repetitions."""
    given = [reason for reason in reasons if reason is not NO_REASON]
    if len(given) < 2:
        return given[0] if given else NO_REASON
    return Reason(
        tuple(dict.fromkeys([text for reason in given for text in reason.observed])),
        tuple(dict.fromkeys([path for reason in given for path in reason.evidence])),
        tuple(dict.fromkeys([fact for reason in given for fact in reason.missing])),
    )


class Explainer(ScalarEngine):
    """Evaluates and explains criteria for one patient.

    `aliases` maps the path of a derived record to the path where the summary reports it. `baseline` is the explainer
    of another patient, ideally a blank one, to share reasons with.
    """

    def __init__(
        self,
        patient: PatientValues,
        words: FactWording,
        aliases: Mapping[str, str] | None = None,
        baseline: Self | None = None,
    ) -> None:
        super().__init__(patient, baseline)
        self.words = words
        self.aliases = aliases or {}
        self._reasons: dict[c.TruthNode, Reason] = {}
        self._reasons_of_records: defaultdict[Scope, dict[c.TruthNode, Reason]] = defaultdict(dict)
        self.deciding: dict[tuple[c.TruthNode, Truth, Scope], Any] = {}
        """Cache of `matching.deciding_facts`: trials share most of their nodes."""
        self.shared: dict[Hashable, Any] = {}
        """Cache of what callers make of the reasons, shared with patients who have this one as baseline."""
        self._list_reasons: dict[c.Records, Reason] = {}
        self._leaf_reasons: dict[tuple[str, Scope, bool], Reason] = {}
        self._record_reasons: dict[tuple[Scope, frozenset[str]], Reason] = {}
        self._record_texts: dict[tuple[Scope, frozenset[str]], str] = {}

    def scopes(self, table: str | None) -> Iterable[Scope]:
        """The patient, or each record of a table."""
        return (
            (PATIENT,)
            if table is None
            else (Scope(table, row) for row in range(len(self.patient.table(table).records)))
        )

    def explain(self, node: c.TruthNode, scope: Scope = PATIENT) -> Reason:
        """Why the criterion is TRUE, FALSE or UNKNOWN for the patient or for one record.

        Trials share many nodes, so each is explained once.
        """
        reasons = self._reasons if scope is PATIENT else self._reasons_of_records[scope]
        known = reasons.get(node)
        if known is None:
            baseline = self.baseline_for(node) if scope is PATIENT else None
            known = reasons[node] = baseline.explain(node) if baseline else self._reason(node, scope)
        return known

    def _all(self, nodes: Iterable[c.TruthNode], scope: Scope) -> Reason:
        return join_reasons([self.explain(node, scope) for node in nodes])

    def _with(self, truth: Truth, nodes: Iterable[c.TruthNode], scope: Scope) -> list[c.TruthNode]:
        return [node for node in nodes if self.truth(node, scope) is truth]

    def _reason(self, node: c.TruthNode, scope: Scope) -> Reason:
        truth = self.truth(node, scope)
        match node:
            case c.Among(path, _, _) | c.IsYes(path):
                return self._leaf(path, scope, truth)
            case c.Exists(records):
                return self._records(records, truth)
            case c.All(parts):
                return self._all(parts if truth is TRUE else self._with(truth, parts, scope), scope)
            case c.Any(parts):
                return self._all(parts if truth is FALSE else self._with(truth, parts, scope), scope)
            case c.AtLeast(_, parts):
                return self._all(self._with(truth, parts, scope), scope)
            case c.Not(part):
                return self.explain(part, scope)
            case c.Named(_, part):
                return self.explain(part, scope)
            case c.Consensus(parts):
                return self._consensus(parts, scope, truth)
            case c.Agreed(sources):
                return self._all(self._with(truth, sources, scope) or sources, scope)
            case c.Preferred(first, otherwise):
                judged = self.truth(first, scope) is not UNKNOWN
                return self.explain(first, scope) if judged else self._all((first, otherwise), scope)
            case c.Within(number, _, _):
                return self._number(number, scope, truth is UNKNOWN)
            case c.Confirm():
                return NO_REASON

    def _consensus(self, parts: tuple[c.TruthNode, ...], scope: Scope, truth: Truth) -> Reason:
        """The answer of each definition. Where two disagree a clinician must judge, so no fact is missing."""
        truths = {self.truth(part, scope) for part in parts}
        disagree = {TRUE, FALSE} <= truths
        below = NO_REASON if disagree else self._all(self._with(truth, parts, scope), scope)
        answers = tuple(
            f"{self.words.definition(part.name)}: {ANSWERS[self.truth(part, scope)]}"
            for part in parts
            if isinstance(part, c.Named)
        )
        return Reason(answers or below.observed, below.evidence, below.missing)

    # --- leaves -------------------------------------------------------------------------------------

    def _leaf(self, path: str, scope: Scope, truth: Truth) -> Reason:
        unknown = truth is UNKNOWN
        known = self._leaf_reasons.get((path, scope, unknown))
        if known is None:
            observed = (self._fact_text(path, scope),)
            known = (
                Reason(observed, missing=self.questions_for(path, scope))
                if unknown
                else Reason(observed, (self.path(path, scope),))
            )
            self._leaf_reasons[path, scope, unknown] = known
        return known

    def _fact_text(self, path: str, scope: Scope) -> str:
        if scope.table is not None and belongs_to(path, scope.table):
            return self._numbered_record_text(scope, frozenset({field_of(path, scope.table)}))
        return self.words.fact(path, self.patient.facts.get(path))

    def _numbered_record_text(self, scope: Scope, fields: frozenset[str]) -> str:
        table = cast(str, scope.table)
        return f"{self.words.singular(table)} {scope.row + 1}: {self._record_text(scope, fields)}"

    def _record_text(self, scope: Scope, fields: frozenset[str] = frozenset()) -> str:
        """The record in words; cached, because many reasons contain the same record."""
        known = self._record_texts.get((scope, fields))
        if known is None:
            values = self.patient.table(cast(str, scope.table)).records[scope.row]
            known = self.words.record(cast(str, scope.table), values, fields)
            self._record_texts[scope, fields] = known
        return known

    def questions_for(self, path: str, scope: Scope) -> tuple[MissingFact, ...]:
        """The question for a fact, and for each other fact from which it follows."""
        return tuple(self._question(source, scope) for source in self.words.sources_of(path))

    def _question(self, path: str, scope: Scope) -> MissingFact:
        if scope.table is None or not belongs_to(path, scope.table):
            return MissingFact(path, self.words.ask_fact(path))
        field = field_of(path, scope.table)
        question = self.words.ask_record(scope.table, field, scope.row, self._record_text(scope))
        return MissingFact(self.path(path, scope), question)

    def path(self, fact: str, scope: Scope) -> str:
        """The path of a fact in the summary as it was written."""
        path = scope.path(fact)
        for derived, written in self.aliases.items():
            if path.startswith(derived):
                return written + path[len(derived) :]
        return path

    # --- numbers ------------------------------------------------------------------------------------

    def _number(self, number: c.NumberNode, scope: Scope, unknown: bool) -> Reason:
        match number:
            case c.Fact(path):
                return self._leaf(path, scope, UNKNOWN if unknown else TRUE)
            case c.Narrowed(sources):
                known = [source for source in sources if self.number(source, scope) != EVERYTHING]
                below = join_reasons(self._number(source, scope, unknown) for source in (sources if unknown else known))
                return Reason((self.number_text(number, scope),), below.evidence, below.missing)
            case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
                below = self._missing_for_number(number, records) if unknown else NO_REASON
                paths = tuple(
                    self.path(f"{records.table}[{row}]", PATIENT) for row, _ in self.numbered_matches(records)
                )
                return Reason((self.number_text(number, scope),), paths, below.missing)

    def number_text(self, number: c.NumberNode, scope: Scope = PATIENT) -> str:
        """A number in words: its label and what is known of it."""
        path, where = unit_path(number)
        words = self.words
        known = words.value(path, self.number(number, scope), where)
        match number:
            case c.Narrowed(sources) if not isinstance(sources[0], c.Fact):
                return self.number_text(sources[0], scope)
            case c.Narrowed((c.Fact(fact), *_)):
                return f"{words.label(fact)} {known}"
            case c.Count(records):
                return f"{known} such {words.singular(records.table)}(s)"
            case _:
                return f"{type(number).__name__.lower()} {words.label(path)} {known}"

    def _missing_for_number(self, number: c.NumberNode, records: c.Records) -> Reason:
        reasons = [self._undecided(records)]
        if isinstance(number, c.Total | c.Largest | c.Smallest):
            for row, truth in self.numbered_matches(records):
                record = Scope(records.table, row)
                if truth is not FALSE and not self.number(c.Fact(number.fact), record).is_point:
                    reasons.append(Reason(missing=self.questions_for(number.fact, record)))
        return join_reasons(reasons)

    # --- records ------------------------------------------------------------------------------------

    def numbered_matches(self, records: c.Records) -> Iterable[tuple[int, Truth]]:
        """The index of each listed record, from 0, with the truth of its match."""
        return enumerate(self.matches(records).truths)

    def _records(self, records: c.Records, truth: Truth) -> Reason:
        if truth is UNKNOWN:
            return self._undecided(records)
        rows = [row for row, match in self.numbered_matches(records) if match is truth]
        reasons = [self._record_reason(records, row) for row in rows]
        if truth is FALSE:
            listed = () if rows else (f"no {self.words.singular(records.table)} listed (list complete)",)
            covered = self.truth(records.complete_if) is TRUE
            below = self.explain(records.complete_if, PATIENT) if covered else NO_REASON
            reasons.append(Reason(listed + below.observed, below.evidence + self._complete_flag(records)))
        return join_reasons(reasons)

    def _complete_flag(self, records: c.Records) -> tuple[str, ...]:
        """The flag that marks the list complete, if it is set."""
        by_flag = self.patient.table(records.table).complete is TRUE
        return self.words.completing_facts(records.table)[:1] if by_flag else ()

    def _record_reason(self, records: c.Records, row: int) -> Reason:
        record, fields = Scope(records.table, row), filtered_fields(records)
        known = self._record_reasons.get((record, fields))
        if known is None:
            path = self.path(f"{records.table}[{row}]", PATIENT)
            known = self._record_reasons[record, fields] = Reason(
                (self._numbered_record_text(record, fields),), (path,)
            )
        return known

    def _undecided(self, records: c.Records) -> Reason:
        """The records that may match, and what would make the list complete."""
        reasons = []
        for row in self.unknown_rows(records):
            missing = self.explain(records.where, Scope(records.table, row)).missing
            reasons += [self._record_reason(records, row), Reason(missing=missing)]
        if not self.matches(records).complete:
            reasons.append(self._incomplete_list(records))
        return join_reasons(reasons)

    def unknown_rows(self, records: c.Records) -> list[int]:
        """The records for which the match is unknown."""
        return [row for row, truth in self.numbered_matches(records) if truth is UNKNOWN]

    def list_missing(self, records: c.Records) -> tuple[MissingFact, ...]:
        """The facts that would make the list complete; none if it is complete."""
        return () if self.matches(records).complete else self._incomplete_list(records).missing

    def missing_of(self, number: c.NumberNode) -> tuple[MissingFact, ...]:
        """Every missing fact of a number that is computed from records."""
        return self._number(number, PATIENT, unknown=True).missing

    def _incomplete_list(self, records: c.Records) -> Reason:
        """The facts that would make the list complete: its flag or count, or what makes it complete for this filter."""
        known = self._list_reasons.get(records)
        if known is None:
            baseline = self.baseline_for(records.complete_if)
            known = baseline._incomplete_list(records) if baseline else self._ask_for_list(records)
            self._list_reasons[records] = known
        return known

    def _ask_for_list(self, records: c.Records) -> Reason:
        completing = self.words.completing_facts(records.table)
        missing = self.explain(records.complete_if, PATIENT).missing
        reason = Reason(missing=tuple(fact for fact in missing if fact.fact not in completing))
        if completing or not reason.missing:
            observed = f"{self.words.singular(records.table)} list not marked complete"
            question = self.words.ask_list(records.table, records.where)
            flag = MissingFact(completing[0] if completing else records.table, question)
            counts = tuple(MissingFact(path, self.words.ask_fact(path)) for path in completing[1:])
            reason = Reason((observed,), (), (*reason.missing, flag, *counts))
        return reason


@lru_cache(maxsize=1 << 14)
def filtered_fields(records: c.Records) -> frozenset[str]:
    """The fields of a record that its filter reads."""
    leaves = (node for node in c.walk(records.where) if isinstance(node, c.Among | c.IsYes | c.Fact))
    paths = (leaf.path if isinstance(leaf, c.Fact) else leaf.fact for leaf in leaves)
    return frozenset(field_of(path, records.table) for path in paths if belongs_to(path, records.table))


ANSWERS = {TRUE: "yes", FALSE: "no", UNKNOWN: "unknown"}
