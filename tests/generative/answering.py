"""Searches answers to questions: values of missing facts that give a criterion the wanted truth, for one patient.

The search uses the patient's own explainer, fact by fact, and does not check that the answers are consistent: the
caller loads the patient again with them.
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, islice
from math import isinf
from typing import Any, TypeAlias

from matching import nodes as c
from matching.dependencies import PATIENT, Scope, belongs_to, field_of, mentions
from matching.explain import Explainer
from matching.interval import CONTINUOUS_STEP, EVERYTHING, Interval
from matching.truth import Truth
from schemas.summary.alteration import AlterationField
from schemas.summary.declared_facts import declared
from schemas.summary.fields import CodeField, YesNoField
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.units import Dimension
from schemas.summary.vocabulary import vocabularies

Answers: TypeAlias = dict[str, Any]
"""The answers by path in the summary; a list of records is added to the listed records."""

MOST = 12
"""Most answers for each record that are combined with answers for other records."""

MOST_STEPS = 20_000

NEW = -1
"""The row of a record that is not listed yet."""


@dataclass(frozen=True)
class Asking:
    """One patient, and the facts that may be answered."""

    explainer: Explainer
    summary: dict[str, Any]
    allowed: frozenset[str]
    added: tuple[str, ...] = ()
    """The paths of records that earlier answers added: other facts of these records may be answered too."""
    analyte: str = ""
    """The analyte of a laboratory record that is not listed yet."""

    given: Answers = field(default_factory=dict)
    """The answers given so far, with which further answers must agree."""
    steps: list[int] = field(default_factory=lambda: [MOST_STEPS])
    """The steps that remain, shared by all searches."""

    def answers(self, node: c.TruthNode, wanted_truth: Truth, scope: Scope = PATIENT) -> Iterator[Answers]:
        """Answers that give the criterion the wanted truth."""
        self.steps[0] -= 1
        if self.steps[0] < 0:
            return
        truth = self._truth(node, scope)
        if truth == wanted_truth:
            yield {}
        if truth != Truth.UNKNOWN:
            return
        yield from self._open(node, wanted_truth, scope)

    def _truth(self, node: c.TruthNode, scope: Scope) -> Truth:
        new = scope.row == NEW and scope.table is not None and mentions(node, scope.table)
        return Truth.UNKNOWN if new else self.explainer.truth(node, PATIENT if scope.row == NEW else scope)

    def _open(self, node: c.TruthNode, wanted_truth: Truth, scope: Scope) -> Iterator[Answers]:
        match node:
            case c.All(parts) | c.Any(parts) | c.Consensus(parts):
                every = isinstance(node, c.Consensus) or (wanted_truth == Truth.TRUE) == isinstance(node, c.All)
                yield from self._every(parts, wanted_truth, scope) if every else self._some(parts, wanted_truth, scope)
            case c.AtLeast(count, parts):
                needed = count if wanted_truth == Truth.TRUE else len(parts) - count + 1
                for chosen in combinations(parts, needed):
                    yield from self._every(chosen, wanted_truth, scope)
            case c.Not(part):
                yield from self.answers(part, Truth(-wanted_truth), scope)
            case c.Named(_, part):
                yield from self.answers(part, wanted_truth, scope)
            case c.Agreed(sources):
                yield from self._some(sources, wanted_truth, scope)
            case c.Preferred(first, otherwise):
                yield from self._some((first, otherwise), wanted_truth, scope)
            case c.Within(number, _, _):
                yield from self._number(node, number, wanted_truth, scope)
            case c.Among(path, _, _) | c.IsYes(path):
                yield from self._leaf(path, self._values(node, wanted_truth, scope), scope)
            case c.Exists(records):
                yield from self._record(records) if wanted_truth == Truth.TRUE else self._no_record(records)
            case c.Confirm():
                return

    def _every(self, parts: Sequence[c.TruthNode], wanted_truth: Truth, scope: Scope) -> Iterator[Answers]:
        if not parts:
            yield {}
            return
        for first in self.answers(parts[0], wanted_truth, scope):
            for rest in self._given(first)._every(parts[1:], wanted_truth, scope):
                if (both := merged(first, rest)) is not None:
                    yield both

    def _given(self, answers: Answers) -> "Asking":
        """The same search with these answers given; records that they add may be followed by others."""
        single = {path: value for path, value in answers.items() if not isinstance(value, list)}
        return replace(self, given=self.given | single)

    def _some(self, parts: Sequence[c.TruthNode], wanted_truth: Truth, scope: Scope) -> Iterator[Answers]:
        yield from chain.from_iterable(self.answers(part, wanted_truth, scope) for part in parts)

    # --- facts --------------------------------------------------------------------------------------

    def _leaf(self, path: str, values: Iterator[Any], scope: Scope) -> Iterator[Answers]:
        """The fact answered, or another from which it follows."""
        wanted = list(values)
        for source in self.explainer.words.sources_of(path):
            where = self._path(source, scope)
            if where not in self.allowed and not where.startswith(("+", *self.added)):
                continue
            found = wanted if source == path else _implying_values(source)
            yield from ({where: value} for value in found if self.given.get(where, value) == value)
            if source == "labs.value" != path:
                yield from self._multiples(where, wanted, scope)

    def _multiples(self, where: str, values: list[Any], scope: Scope) -> Iterator[Answers]:
        """A value that is the multiple of an upper limit of ten."""
        unit = {"unit": self._dimension(LabValueField("value"), scope).canonical}
        limit = where.removesuffix("value") + "upper_limit"
        for value in values:
            multiple = f"{10 * float(value['value']):.9f}"
            yield {where: {"value": multiple, **unit}, limit: {"value": "10", **unit}}

    def _path(self, path: str, scope: Scope) -> str:
        if scope.row == NEW and scope.table is not None and belongs_to(path, scope.table):
            return f"+{field_of(path, scope.table)}"
        return self.explainer.path(path, scope)

    def _values(self, node: c.Among | c.IsYes, wanted_truth: Truth, scope: Scope) -> Iterator[Any]:
        if isinstance(node, c.IsYes):
            yield wanted_truth == Truth.TRUE
            return
        declaring = declared().field(node.fact)
        if not isinstance(declaring, CodeField):
            assert isinstance(declaring, AlterationField)
            yield from sorted(node.codes) if wanted_truth == Truth.TRUE else ("p.Ala150Gly",)
            return
        reported = _at(self.summary, self._path(node.fact, scope))
        vague = reported is None or reported in node.possible
        codes = list(declaring.vocabulary.terms) if vague else declaring.vocabulary.below([reported])
        sure = [code for code in codes if code in node.codes]
        never = [code for code in codes if code not in node.codes | node.possible]
        yield from sure if wanted_truth == Truth.TRUE else never

    def _number(self, node: c.Within, number: c.NumberNode, wanted_truth: Truth, scope: Scope) -> Iterator[Answers]:
        match number:
            case c.Fact(path):
                yield from self._leaf(path, self._amounts(node, path, wanted_truth, scope), scope)
            case c.Narrowed(sources):
                for source in sources:
                    yield from self._number(node, source, wanted_truth, scope)
            case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
                yield from self._aggregate(node, number, records)

    def _amounts(self, node: c.Within, path: str, wanted_truth: Truth, scope: Scope) -> Iterator[Any]:
        field = declared().field(path)
        assert isinstance(field, QuantityField)
        dimension = self._dimension(field, scope)
        known = self._known(path, scope).meet(dimension.possible) or dimension.possible
        given = self.given.get(self._path(path, scope))
        for found in _ranges(known, node, wanted_truth, dimension.step):
            if given is not None and found.lo <= _amount(given) <= found.hi:
                yield given
            yield from (_written(field, dimension, end) for end in (found.lo, found.hi) if not isinf(end))

    def _known(self, path: str, scope: Scope) -> Interval:
        """What is known of a quantity."""
        return EVERYTHING if scope.row == NEW else self.explainer.number(c.Fact(path), scope)

    def _dimension(self, field: QuantityField, scope: Scope) -> Dimension:
        if not isinstance(field, LabValueField):
            return field.dimension
        return dimension_of(self.analyte or _at(self.summary, f"{scope.table}[{scope.row}].analyte"))

    # --- records ------------------------------------------------------------------------------------

    def _listed(self, records: c.Records) -> list[Scope]:
        return [Scope(records.table, row) for row in self.explainer.unknown_rows(records)]

    def _more(self, records: c.Records) -> Iterator[Answers]:
        """One more record, where the question for missing records may be answered."""
        if not {missing.fact for missing in self.explainer.list_missing(records)}.isdisjoint(self.allowed):
            yield from self._new(records.table, records.where)

    def _new(self, table: str, where: c.TruthNode) -> Iterator[Answers]:
        """A new record that meets the filter."""
        asking = replace(self, analyte=_analyte(where), given={})
        for found in islice(asking.answers(where, Truth.TRUE, Scope(table, NEW)), MOST):
            inside = {path[1:]: value for path, value in found.items() if path.startswith("+")}
            outside = {path: value for path, value in found.items() if not path.startswith("+")}
            yield outside | {table: [inside]}

    def _record(self, records: c.Records) -> Iterator[Answers]:
        for scope in self._listed(records):
            yield from self.answers(records.where, Truth.TRUE, scope)
        yield from self._more(records)

    def _no_record(self, records: c.Records) -> Iterator[Answers]:
        for none in islice(self._none_of(records.where, self._listed(records)), MOST):
            for complete in islice(self._given(none)._complete(records), MOST):
                if (both := merged(none, complete)) is not None:
                    yield both

    def _none_of(self, where: c.TruthNode, scopes: list[Scope]) -> Iterator[Answers]:
        if not scopes:
            yield {}
            return
        for first in islice(self.answers(where, Truth.FALSE, scopes[0]), MOST):
            for rest in islice(self._given(first)._none_of(where, scopes[1:]), MOST):
                if (both := merged(first, rest)) is not None:
                    yield both

    def _complete(self, records: c.Records) -> Iterator[Answers]:
        """The list is complete: marked so, counted, or complete for this filter."""
        if not self.explainer.list_missing(records):
            yield {}
            return
        flag, *counts = self.explainer.words.completing_facts(records.table) or ("",)
        listed = _at(self.summary, records.table) or []
        if flag in self.allowed:
            yield {flag: True}
        current = [lesion for lesion in listed if lesion.get("status", "current") == "current"]
        yield from ({count: len(current)} for count in counts if count in self.allowed)
        match records.complete_if:
            case c.Exists(c.Records(table, asked, _)) if table == records.table:
                if table in self.allowed:  # a record of the list makes it complete: here a record that does not match
                    yield from self._new(table, c.All((asked, c.Not(records.where))))
            case complete_if:
                yield from self.answers(complete_if, Truth.TRUE)

    def _aggregate(self, node: c.Within, number: c.NumberNode, records: c.Records) -> Iterator[Answers]:
        """Each record in or out, of any size, and the list complete or longer; the explainer then finds the result."""
        fact = None if isinstance(number, c.Count) else number.fact  # type: ignore[union-attr]  # all others have a fact
        sized = [self._sizes(node, fact, scope) for scope in self._rows(records)] if fact else []
        sides = [list(self._sides(records.where, scope)) for scope in self._listed(records)]
        ends = [{}, *self._complete(records), *self._longer(node, records, fact)]
        for parts in islice(_products([*sized, *sides, ends]), 400):
            if parts is not None:
                yield parts

    def _rows(self, records: c.Records) -> list[Scope]:
        return [
            Scope(records.table, row) for row, truth in self.explainer.numbered_matches(records) if truth != Truth.FALSE
        ]

    def _sizes(self, node: c.Within, fact: str, scope: Scope) -> list[Answers]:
        found = chain(*(self._amounts(node, fact, wanted_truth, scope) for wanted_truth in (Truth.TRUE, Truth.FALSE)))
        return [{}, *self._leaf(fact, found, scope)]

    def _sides(self, where: c.TruthNode, scope: Scope) -> Iterator[Answers]:
        for wanted_truth in (Truth.TRUE, Truth.FALSE):
            yield from islice(self.answers(where, wanted_truth, scope), 3)

    def _longer(self, node: c.Within, records: c.Records, fact: str | None) -> Iterator[Answers]:
        sizes = [{}]
        if fact:
            found = chain(
                *(
                    self._amounts(node, fact, wanted_truth, Scope(records.table, NEW))
                    for wanted_truth in (Truth.TRUE, Truth.FALSE)
                )
            )
            sizes = [{field_of(fact, records.table): value} for value in found]
        for more in self._more(records):
            (record,) = more[records.table]
            for size in sizes:
                for times in (1, 2, 5):
                    yield more | {records.table: [record | size] * times}


def _analyte(where: c.TruthNode) -> str:
    """The analyte that a filter requires."""
    codes = (node.codes for node in c.walk(where) if isinstance(node, c.Among))
    return next((code for found in codes for code in sorted(found) if code in vocabularies()["analyte"].terms), "")


def merged(answers: Answers, other: Answers) -> Answers | None:
    """Both answers, unless they contradict each other; records are joined into a single list."""
    out = dict(answers)
    for path, value in other.items():
        if isinstance(value, list):
            out[path] = [*out.get(path, []), *value]
        elif out.setdefault(path, value) != value:
            return None
    return out


def _products(groups: list[list[Answers]]) -> Iterator[Answers]:
    if not groups:
        yield {}
        return
    for rest in _products(groups[1:]):
        for group in groups[0]:
            if (both := merged(group, rest)) is not None:
                yield both


def _ranges(known: Interval, node: c.Within, wanted_truth: Truth, step: float) -> Iterator[Interval]:
    """The ranges of the known number that give the wanted truth."""
    if wanted_truth == Truth.TRUE:
        ranges = [known.meet(node.inside)]
    else:
        below = known.meet(Interval(-float("inf"), node.possibly.lo - step))
        above = known.meet(Interval(node.possibly.hi + step, float("inf")))
        ranges = [below, above]
    yield from (met for met in ranges if met)


def _written(field: QuantityField, dimension: Dimension, value: float) -> Any:
    bare = dimension.counting or dimension.canonical == "1"
    amount = f"{value:.9f}".rstrip("0").rstrip(".") or "0"
    written = {"value": amount} | ({} if bare else {"unit": dimension.canonical})
    return {"ago": written} if isinstance(field, AgoField) else written


def _amount(written: Any) -> float:
    """The number of an answer, rounded as its text is read."""
    if isinstance(written, int):  # a count has no unit
        return float(written)
    return round(float(written.get("ago", written)["value"]) / CONTINUOUS_STEP) * CONTINUOUS_STEP


def _implying_values(path: str) -> Iterator[Any]:
    """Values of a fact that implies another."""
    field = declared().field(path)
    if isinstance(field, YesNoField):
        yield from (True, False)
    elif isinstance(field, CodeField):
        yield from list(field.vocabulary.terms)[:3]
    elif isinstance(field, AlterationField):
        yield from ("p.Val600Glu", "fusion", "mutation")


def _steps(path: str) -> list[str | int]:
    return [int(key) if key.isdigit() else key for key in re.findall(r"[^.\[\]]+", path)]


def _at(summary: Any, path: str) -> Any:
    for key in _steps(path):
        try:
            summary = summary[key]
        except (KeyError, IndexError, TypeError):
            return None
    return summary


def added_by(summary: dict[str, Any], answers: Answers) -> Iterator[str]:
    """The paths of the records that the answers add."""
    for path, value in answers.items():
        if isinstance(value, list):
            before = len(_at(summary, path) or ())
            yield from (f"{path}[{before + row}]." for row in range(len(value)))


def answered(summary: dict[str, Any], answers: Answers) -> dict[str, Any]:
    """The summary with the answers in it."""
    out = deepcopy(summary)
    for path, value in answers.items():
        _put(out, _steps(path), value)
    return out


def _put(holder: Any, steps: list[str | int], value: Any) -> None:
    key, *below = steps
    if below:
        if isinstance(holder, dict) and not isinstance(holder.get(key), dict | list):
            holder[key] = {}
        if isinstance(holder, list) and isinstance(holder[key], str):  # type: ignore[index]  # a number here
            holder[key] = {"gene": holder[key]}  # type: ignore[index]
        _put(holder[key], below, value)  # type: ignore[index]
    elif isinstance(value, list):
        holder[key] = [*(holder.get(key) or []), *value]
    else:
        holder[key] = value
