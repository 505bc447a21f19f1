"""Answers to questions: values of missing facts under which a criterion comes out as wished, for one patient.

It searches with the patient's own reading, fact by fact, and says nothing of whether the answers go together; who uses
it reads the patient again with them.
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
from schemas.summary.fields import CodeField
from schemas.summary.fields import YesNoField as YesNo
from schemas.summary.lab_units import LabValueField, dimension_of
from schemas.summary.quantity_fields import AgoField, QuantityField
from schemas.summary.units import Dimension
from schemas.summary.vocabulary import vocabularies

Answers: TypeAlias = dict[str, Any]
"""By path in the summary what is answered; a list of records stands for records beside those listed."""

MOST = 12
"""Ways of one record that are tried with those of the others."""

MOST_STEPS = 20_000

NEW = -1
"""The row of a record that nobody has listed yet."""


@dataclass(frozen=True)
class Asking:
    """One patient, and the facts that may be answered."""

    reader: Explainer
    summary: dict[str, Any]
    allowed: frozenset[str]
    added: tuple[str, ...] = ()
    """Where the records stand that earlier answers brought up: what else is asked of them belongs to the answer."""
    analyte: str = ""
    """What a laboratory record that nobody has listed yet would be of."""

    given: Answers = field(default_factory=dict)
    """What is answered already, by which the rest must keep."""
    steps: list[int] = field(default_factory=lambda: [MOST_STEPS])
    """What is left of the search."""

    def answers(self, node: c.TruthNode, wished: Truth, place: Scope = PATIENT) -> Iterator[Answers]:
        """Answers under which the criterion comes out as wished."""
        self.steps[0] -= 1
        if self.steps[0] < 0:
            return
        truth = self._truth(node, place)
        if truth == wished:
            yield {}
        if truth != Truth.UNKNOWN:
            return
        yield from self._open(node, wished, place)

    def _truth(self, node: c.TruthNode, place: Scope) -> Truth:
        new = place.row == NEW and place.table is not None and mentions(node, place.table)
        return Truth.UNKNOWN if new else self.reader.truth(node, PATIENT if place.row == NEW else place)

    def _open(self, node: c.TruthNode, wished: Truth, place: Scope) -> Iterator[Answers]:
        match node:
            case c.All(parts) | c.Any(parts) | c.Consensus(parts):
                every = isinstance(node, c.Consensus) or (wished == Truth.TRUE) == isinstance(node, c.All)
                yield from self._every(parts, wished, place) if every else self._some(parts, wished, place)
            case c.AtLeast(count, parts):
                needed = count if wished == Truth.TRUE else len(parts) - count + 1
                for chosen in combinations(parts, needed):
                    yield from self._every(chosen, wished, place)
            case c.Not(part):
                yield from self.answers(part, Truth(-wished), place)
            case c.Named(_, part):
                yield from self.answers(part, wished, place)
            case c.Agreed(sources):
                yield from self._some(sources, wished, place)
            case c.Preferred(first, otherwise):
                yield from self._some((first, otherwise), wished, place)
            case c.Within(number, _, _):
                yield from self._number(node, number, wished, place)
            case c.Among(path, _, _) | c.IsYes(path):
                yield from self._leaf(path, self._values(node, wished, place), place)
            case c.Exists(records):
                yield from self._record(records) if wished == Truth.TRUE else self._no_record(records)
            case c.Confirm():
                return

    def _every(self, parts: Sequence[c.TruthNode], wished: Truth, place: Scope) -> Iterator[Answers]:
        if not parts:
            yield {}
            return
        for one in self.answers(parts[0], wished, place):
            for rest in self._keeping(one)._every(parts[1:], wished, place):
                if (both := together(one, rest)) is not None:
                    yield both

    def _keeping(self, answers: Answers) -> "Asking":
        """The same once these are answered; records that came up may be followed by others."""
        return replace(
            self, given=self.given | {path: one for path, one in answers.items() if not isinstance(one, list)}
        )

    def _some(self, parts: Sequence[c.TruthNode], wished: Truth, place: Scope) -> Iterator[Answers]:
        yield from chain.from_iterable(self.answers(part, wished, place) for part in parts)

    # --- facts --------------------------------------------------------------------------------------

    def _leaf(self, path: str, values: Iterator[Any], place: Scope) -> Iterator[Answers]:
        """The fact answered, or another from which it follows."""
        wanted = list(values)
        for told in self.reader.words.sources_of(path):
            where = self._path(told, place)
            if where not in self.allowed and not where.startswith(("+", *self.added)):
                continue
            found = wanted if told == path else _telling(told)
            yield from ({where: value} for value in found if self.given.get(where, value) == value)
            if told == "labs.value" != path:
                yield from self._multiples(where, wanted, place)

    def _multiples(self, where: str, values: list[Any], place: Scope) -> Iterator[Answers]:
        """A value of so many times a limit of ten."""
        unit = {"unit": self._dimension(LabValueField("value"), place).canonical}
        limit = where.removesuffix("value") + "upper_limit"
        for one in values:
            multiple = f"{10 * float(one['value']):.9f}"
            yield {where: {"value": multiple, **unit}, limit: {"value": "10", **unit}}

    def _path(self, path: str, place: Scope) -> str:
        if place.row == NEW and place.table is not None and belongs_to(path, place.table):
            return f"+{field_of(path, place.table)}"
        return self.reader.path(path, place)

    def _values(self, node: c.Among | c.IsYes, wished: Truth, place: Scope) -> Iterator[Any]:
        if isinstance(node, c.IsYes):
            yield wished == Truth.TRUE
            return
        declaring = declared().field(node.fact)
        if not isinstance(declaring, CodeField):
            assert isinstance(declaring, AlterationField)
            yield from sorted(node.codes) if wished == Truth.TRUE else ("p.Ala999Gly",)
            return
        stated = _at(self.summary, self._path(node.fact, place))
        vague = stated is None or stated in node.possible
        codes = list(declaring.vocabulary.terms) if vague else declaring.vocabulary.below([stated])
        sure = [code for code in codes if code in node.codes]
        never = [code for code in codes if code not in node.codes | node.possible]
        yield from sure if wished == Truth.TRUE else never

    def _number(self, node: c.Within, number: c.NumberNode, wished: Truth, place: Scope) -> Iterator[Answers]:
        match number:
            case c.Fact(path):
                yield from self._leaf(path, self._amounts(node, path, wished, place), place)
            case c.Narrowed(sources):
                for source in sources:
                    yield from self._number(node, source, wished, place)
            case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
                yield from self._aggregate(node, number, records)

    def _amounts(self, node: c.Within, path: str, wished: Truth, place: Scope) -> Iterator[Any]:
        field = declared().field(path)
        assert isinstance(field, QuantityField)
        dimension = self._dimension(field, place)
        known = self._known(path, place).meet(dimension.possible) or dimension.possible
        given = self.given.get(self._path(path, place))
        for found in _pieces(known, node, wished, dimension.step):
            if given is not None and found.lo <= _amount(given) <= found.hi:
                yield given
            yield from (_written(field, dimension, end) for end in (found.lo, found.hi) if not isinf(end))

    def _known(self, path: str, place: Scope) -> Interval:
        """What is stated of a quantity."""
        return EVERYTHING if place.row == NEW else self.reader.number(c.Fact(path), place)

    def _dimension(self, field: QuantityField, place: Scope) -> Dimension:
        if not isinstance(field, LabValueField):
            return field.dimension
        return dimension_of(self.analyte or _at(self.summary, f"{place.table}[{place.row}].analyte"))

    # --- records ------------------------------------------------------------------------------------

    def _listed(self, records: c.Records) -> list[Scope]:
        return [Scope(records.table, row) for row in self.reader.unknown_rows(records)]

    def _more(self, records: c.Records) -> Iterator[Answers]:
        """One more record, where the question whether one is missing may be answered."""
        if not {one.fact for one in self.reader.list_missing(records)}.isdisjoint(self.allowed):
            yield from self._new(records.table, records.where)

    def _new(self, table: str, where: c.TruthNode) -> Iterator[Answers]:
        """A record beside those listed, of this sort."""
        asking = replace(self, analyte=_analyte(where), given={})
        for found in islice(asking.answers(where, Truth.TRUE, Scope(table, NEW)), MOST):
            inside = {path[1:]: value for path, value in found.items() if path.startswith("+")}
            outside = {path: value for path, value in found.items() if not path.startswith("+")}
            yield outside | {table: [inside]}

    def _record(self, records: c.Records) -> Iterator[Answers]:
        for place in self._listed(records):
            yield from self.answers(records.where, Truth.TRUE, place)
        yield from self._more(records)

    def _no_record(self, records: c.Records) -> Iterator[Answers]:
        for none in islice(self._none_of(records.where, self._listed(records)), MOST):
            for settled in islice(self._keeping(none)._settled(records), MOST):
                if (both := together(none, settled)) is not None:
                    yield both

    def _none_of(self, where: c.TruthNode, places: list[Scope]) -> Iterator[Answers]:
        if not places:
            yield {}
            return
        for one in islice(self.answers(where, Truth.FALSE, places[0]), MOST):
            for rest in islice(self._keeping(one)._none_of(where, places[1:]), MOST):
                if (both := together(one, rest)) is not None:
                    yield both

    def _settled(self, records: c.Records) -> Iterator[Answers]:
        """The list left nothing out: so stated, or so counted, or settled by something else."""
        if not self.reader.list_missing(records):
            yield {}
            return
        flag, *counts = self.reader.words.completing_facts(records.table) or ("",)
        listed = _at(self.summary, records.table) or []
        if flag in self.allowed:
            yield {flag: True}
        current = [one for one in listed if one.get("status", "current") == "current"]
        yield from ({count: len(current)} for count in counts if count in self.allowed)
        match records.complete_if:
            case c.Exists(c.Records(table, asked, _)) if table == records.table:
                if table in self.allowed:  # a record of its own settles the list: here one that does not match
                    yield from self._new(table, c.All((asked, c.Not(records.where))))
            case complete_if:
                yield from self.answers(complete_if, Truth.TRUE)

    def _aggregate(self, node: c.Within, number: c.NumberNode, records: c.Records) -> Iterator[Answers]:
        """Each record in or out, of some size, and the list settled or longer; what comes of it, the reading tells."""
        fact = None if isinstance(number, c.Count) else number.fact  # type: ignore[union-attr]  # all others have one
        sized = [self._sizes(node, fact, place) for place in self._rows(records)] if fact else []
        sides = [list(self._sides(records.where, place)) for place in self._listed(records)]
        ends = [{}, *self._settled(records), *self._longer(node, records, fact)]
        for parts in islice(_products([*sized, *sides, ends]), 400):
            if parts is not None:
                yield parts

    def _rows(self, records: c.Records) -> list[Scope]:
        return [
            Scope(records.table, row) for row, truth in self.reader.numbered_matches(records) if truth != Truth.FALSE
        ]

    def _sizes(self, node: c.Within, fact: str, place: Scope) -> list[Answers]:
        found = chain(*(self._amounts(node, fact, wished, place) for wished in (Truth.TRUE, Truth.FALSE)))
        return [{}, *self._leaf(fact, found, place)]

    def _sides(self, where: c.TruthNode, place: Scope) -> Iterator[Answers]:
        for wished in (Truth.TRUE, Truth.FALSE):
            yield from islice(self.answers(where, wished, place), 3)

    def _longer(self, node: c.Within, records: c.Records, fact: str | None) -> Iterator[Answers]:
        sizes = [{}]
        if fact:
            found = chain(
                *(self._amounts(node, fact, wished, Scope(records.table, NEW)) for wished in (Truth.TRUE, Truth.FALSE))
            )
            sizes = [{field_of(fact, records.table): value} for value in found]
        for more in self._more(records):
            (record,) = more[records.table]
            for size in sizes:
                for times in (1, 2, 5):
                    yield more | {records.table: [record | size] * times}


def _analyte(where: c.TruthNode) -> str:
    """The analyte that a filter asks for."""
    codes = (node.codes for node in c.walk(where) if isinstance(node, c.Among))
    return next((code for found in codes for code in sorted(found) if code in vocabularies()["analyte"].terms), "")


def together(one: Answers, other: Answers) -> Answers | None:
    """Both, unless they answer the same question differently; records come together in one list."""
    out = dict(one)
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
        for one in groups[0]:
            if (both := together(one, rest)) is not None:
                yield both


def _pieces(known: Interval, node: c.Within, wished: Truth, step: float) -> Iterator[Interval]:
    """Where a known number may turn out to lie."""
    if wished == Truth.TRUE:
        found = [known.meet(node.inside)]
    else:
        below = known.meet(Interval(-float("inf"), node.possibly.lo - step))
        above = known.meet(Interval(node.possibly.hi + step, float("inf")))
        found = [below, above]
    yield from (one for one in found if one)


def _written(field: QuantityField, dimension: Dimension, value: float) -> Any:
    bare = dimension.counting or dimension.canonical == "1"
    amount = f"{value:.9f}".rstrip("0").rstrip(".") or "0"
    written = {"value": amount} | ({} if bare else {"unit": dimension.canonical})
    return {"ago": written} if isinstance(field, AgoField) else written


def _amount(written: Any) -> float:
    """The number of an answer, with what the writing of it may lose."""
    return round(float(written.get("ago", written)["value"]) / CONTINUOUS_STEP) * CONTINUOUS_STEP


def _telling(path: str) -> Iterator[Any]:
    """Values of a fact from which another follows."""
    field = declared().field(path)
    if isinstance(field, YesNo):
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
    """Where the records of the answers come to stand."""
    for path, value in answers.items():
        if isinstance(value, list):
            before = len(_at(summary, path) or ())
            yield from (f"{path}[{before + place}]." for place in range(len(value)))


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
