"""Finds which missing facts could decide a criterion, and which way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import inf
from typing import TypeAlias

from matching import nodes as c
from matching.dependencies import PATIENT, Scope
from matching.explain import Explainer, MissingFact
from matching.interval import Interval
from matching.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth
from matching.wording import Implied

FactSet: TypeAlias = frozenset[MissingFact]
NO_FACTS: FactSet = frozenset()


@dataclass(frozen=True)
class DecidingFacts:
    """The missing facts that could give a node one truth.

    `alone` are the facts that each suffice; `together` is a smallest set that suffices, None where no set does.
    `needed` of the `parts` must get their truth; without parts, all of `together` or one of `alone` is needed.
    """

    alone: FactSet
    together: FactSet | None
    parts: "tuple[DecidingFacts, ...]" = ()
    needed: int = 0

    @cached_property
    def _all_facts(self) -> FactSet:
        return self.alone.union(self.together or NO_FACTS, *(part._all_facts for part in self.parts))

    def companions(self, fact: MissingFact) -> FactSet | None:
        """A smallest set of other facts that suffices together with this fact; None where there is none."""
        if fact in self.alone:
            return NO_FACTS
        if fact not in self._all_facts:
            return None
        if not self.parts:
            return self.together - {fact} if self.together and fact in self.together else None
        sets = [
            self._through(index, companions)
            for index, part in enumerate(self.parts)
            if (companions := part.companions(fact)) is not None
        ]
        return _smallest([facts - {fact} for facts in sets])

    def _through(self, index: int, companions: FactSet) -> FactSet:
        """The companions of a fact within one part, with the cheapest of the other parts that are needed."""
        others = self.parts[:index] + self.parts[index + 1 :]
        cheapest = sorted((part.together or NO_FACTS for part in others), key=len)
        return companions.union(*cheapest[: self.needed - 1])


UNREACHABLE = DecidingFacts(NO_FACTS, None)
ALREADY_DECIDED = DecidingFacts(NO_FACTS, NO_FACTS)


def facts_deciding(explainer: Explainer, node: c.TruthNode, target: Truth, scope: Scope = PATIENT) -> DecidingFacts:
    """The missing facts that could make the node TRUE or FALSE.

    Unknown: a decided node keeps its truth, so the opposite is unreachable.
    """
    truth = explainer.truth(node, scope)
    if truth is not UNKNOWN:
        return ALREADY_DECIDED if truth == target else UNREACHABLE
    known: DecidingFacts | None = explainer.deciding.get((node, target, scope))
    if known is None:
        baseline = explainer.baseline_for(node) if scope is PATIENT else None
        known = facts_deciding(baseline, node, target) if baseline else _undecided(explainer, node, target, scope)
        explainer.deciding[node, target, scope] = known
    return known


def _undecided(explainer: Explainer, node: c.TruthNode, target: Truth, scope: Scope) -> DecidingFacts:
    def parts_deciding(nodes: Iterable[c.TruthNode]) -> list[DecidingFacts]:
        return [facts_deciding(explainer, part, target, scope) for part in nodes]

    match node:
        case c.Exists(records):
            return _a_match(explainer, records) if target is TRUE else _no_match(explainer, records)
        case c.Among(path, codes, possible):
            wanted = codes if target is TRUE else None
            return _fact(explainer, path, scope, lambda implied: _codes_suit(implied, wanted, codes | possible))
        case c.IsYes(path):
            return _fact(explainer, path, scope, lambda implied: True)
        case c.All((c.Any((c.Not(asked), then)), c.Any((again, otherwise)))) if asked == again and target is TRUE:
            conditions = (facts_deciding(explainer, asked, truth, scope) for truth in (TRUE, FALSE))
            branches = zip(conditions, parts_deciding((then, otherwise)), strict=True)
            return require_any([require_all(branch) for branch in branches])
        case c.All(parts):
            return require_all(parts_deciding(parts)) if target is TRUE else require_any(parts_deciding(parts))
        case c.Any(parts):
            return require_any(parts_deciding(parts)) if target is TRUE else require_all(parts_deciding(parts))
        case c.AtLeast(count, parts):
            return require_count(parts_deciding(parts), count if target is TRUE else len(parts) - count + 1)
        case c.Not(part):
            return facts_deciding(explainer, part, OPPOSITE[target], scope)
        case c.Named(_, part):
            return facts_deciding(explainer, part, target, scope)
        case c.Consensus(parts):
            return require_all(parts_deciding(parts))
        case c.Agreed(sources):
            contradict = any(explainer.truth(source, scope) is not UNKNOWN for source in sources)
            return UNREACHABLE if contradict else require_any(parts_deciding(sources))
        case c.Preferred(first, otherwise):
            return require_any(parts_deciding((first, otherwise)))
        case c.Within(number, _, _):
            return _number(explainer, node, number, target, scope)
        case c.Confirm():  # pragma: no cover  # never undecided: a question has its favourable value
            return UNREACHABLE


def require_all(parts: Sequence[DecidingFacts]) -> DecidingFacts:
    """All parts must get their truth."""
    if any(part.together is None for part in parts):
        return UNREACHABLE
    together: FactSet = frozenset().union(*(part.together or NO_FACTS for part in parts))
    open_parts = tuple(part for part in parts if part.together)
    alone = reduce(frozenset.intersection, [part.alone for part in open_parts]) if open_parts else NO_FACTS
    return DecidingFacts(alone, together, open_parts, len(open_parts))


def require_any(parts: Sequence[DecidingFacts]) -> DecidingFacts:
    """One part must get its truth."""
    reachable = tuple(part for part in parts if part.together is not None)
    if not reachable:
        return UNREACHABLE
    alone: FactSet = frozenset().union(*(part.alone for part in reachable))
    return DecidingFacts(alone, _smallest([part.together or NO_FACTS for part in reachable]), reachable, 1)


def require_count(parts: Sequence[DecidingFacts], count: int) -> DecidingFacts:
    """At least `count` parts must get their truth."""
    reachable = sorted((part for part in parts if part.together is not None), key=_by_size)
    if len(reachable) < count:
        return UNREACHABLE
    together: FactSet = frozenset().union(*(part.together or NO_FACTS for part in reachable[:count]))
    facts: FactSet = frozenset().union(*(part.alone for part in reachable))
    alone = {fact for fact in facts if sum(fact in part.alone or not part.together for part in reachable) >= count}
    return DecidingFacts(frozenset(alone), together, tuple(reachable), count)


def _by_size(part: DecidingFacts) -> tuple[int, list[MissingFact]]:
    together = part.together or NO_FACTS
    return len(together), sorted(together)


def _smallest(sets: Sequence[FactSet]) -> FactSet | None:
    """A smallest set, the same on each call; None where there is none."""
    least = min(map(len, sets), default=0)
    smallest = {facts for facts in sets if len(facts) == least}
    return min(smallest, key=sorted) if len(smallest) > 1 else smallest.pop() if smallest else None


def _any_fact(missing: Iterable[MissingFact]) -> DecidingFacts:
    """A leaf: each of the facts decides it, either way. `together` is the first of them by path."""
    facts = frozenset(missing)
    first = frozenset(sorted(facts, key=lambda fact: fact.fact)[:1])
    return DecidingFacts(facts, first) if facts else UNREACHABLE


def _number(explainer: Explainer, node: c.Within, number: c.NumberNode, target: Truth, scope: Scope) -> DecidingFacts:
    """A number of records needs every fact it is computed from, but one more record can raise it."""
    raises = (node.inside.hi == inf) == (target is TRUE)
    match number:
        case c.Fact(path):
            return _measured_fact(explainer, node, path, target, scope)
        case c.Narrowed(sources):
            return require_any([_number(explainer, node, source, target, scope) for source in sources])
        case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
            missing = frozenset(explainer.missing_of(number))
            if not missing:
                return UNREACHABLE
            all_facts = DecidingFacts(missing if len(missing) == 1 else NO_FACTS, missing)
            one_record_suffices = raises != isinstance(number, c.Smallest)
            return (
                require_any([*_by_one_record(explainer, number, records), all_facts])
                if one_record_suffices
                else all_facts
            )


def _by_one_record(explainer: Explainer, number: c.NumberNode, records: c.Records) -> Iterator[DecidingFacts]:
    """A listed record that is large (or small) enough, or a record that is not listed."""
    if isinstance(number, c.Total | c.Largest | c.Smallest):
        for row, truth in explainer.numbered_matches(records):
            record = Scope(records.table, row)
            size = _any_fact(explainer.questions_for(number.fact, record))
            if truth is not FALSE:
                yield require_all([facts_deciding(explainer, records.where, TRUE, record), size])
    yield _any_fact(_facts_adding_a_record(explainer, records))


def _measured_fact(explainer: Explainer, node: c.Within, path: str, target: Truth, scope: Scope) -> DecidingFacts:
    """The fact, if the target is within what is known of it. `within 12 months` sets only an upper bound."""
    known, inside, possibly = explainer.number(node.number, scope), node.inside, node.possibly
    at_most = explainer.words.only_at_most(path)

    def suits(implied: Implied) -> bool:
        met = known.meet(implied) if isinstance(implied, Interval) else known
        if met is None:
            return False
        if target is TRUE:
            return met.meet(inside) is not None and (inside.lo <= met.lo or not at_most)
        return met.lo < possibly.lo or (met.hi > possibly.hi and not at_most)

    return _fact(explainer, path, scope, suits)


def _codes_suit(implied: Implied, wanted: frozenset[str] | None, others: frozenset[str]) -> bool:
    """Whether the implied codes include a wanted code; where none is named, a code that is not among the others."""
    if not isinstance(implied, frozenset):
        return True
    return not implied.isdisjoint(wanted) if wanted is not None else not implied <= others


def _fact(explainer: Explainer, path: str, scope: Scope, suits: Callable[[Implied], bool]) -> DecidingFacts:
    """The fact, or another that implies a suitable value of it; some values follow only from several facts together."""
    implied_values = [explainer.words.implied_by(path, source) for source in explainer.words.sources_of(path)]
    questions = list(zip(explainer.questions_for(path, scope), implied_values, strict=True))
    alone = _any_fact(fact for fact, implied in questions if not isinstance(implied, str) and suits(implied))
    with_others = frozenset(fact for fact, implied in questions if isinstance(implied, str))
    if not with_others or alone == UNREACHABLE:
        return alone
    return require_any([alone, DecidingFacts(NO_FACTS, with_others)])


def _a_match(explainer: Explainer, records: c.Records) -> DecidingFacts:
    """A listed record matches, or a record that is not listed does."""
    rows = _rows_deciding(explainer, records, TRUE)
    return require_any([*rows, _any_fact(_facts_adding_a_record(explainer, records))])


def _rows_deciding(explainer: Explainer, records: c.Records, target: Truth) -> list[DecidingFacts]:
    scopes = (Scope(records.table, row) for row in explainer.unknown_rows(records))
    return [facts_deciding(explainer, records.where, target, scope) for scope in scopes]


def _facts_adding_a_record(explainer: Explainer, records: c.Records) -> FactSet:
    """The facts whose answer may add a record to the list; a count of records describes none of them."""
    counts = explainer.words.completing_facts(records.table)[1:]
    return frozenset(fact for fact in explainer.list_missing(records) if fact.fact not in counts)


def _no_match(explainer: Explainer, records: c.Records) -> DecidingFacts:
    """No listed record matches, and the list is complete: marked so, or complete for this filter."""
    rows = _rows_deciding(explainer, records, FALSE)
    missing = explainer.list_missing(records)
    if not missing:
        return require_all(rows)
    completing = explainer.words.completing_facts(records.table)
    marked = _any_fact(fact for fact in missing if fact.fact in completing)
    return require_all([*rows, require_any([marked, facts_deciding(explainer, records.complete_if, TRUE)])])
