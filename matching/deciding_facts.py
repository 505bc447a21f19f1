"""The reading that asks: which missing facts would settle a criterion, and which way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from math import inf
from typing import TypeAlias

from matching import nodes as c
from matching.dependencies import PATIENT, ReadFrom
from matching.explain import Explainer, Missing
from matching.interval import Interval
from matching.truth import FALSE, OPPOSITE, TRUE, UNKNOWN, Truth

Facts = frozenset[Missing]
NONE: Facts = frozenset()
Told: TypeAlias = frozenset[str] | Interval | str | None


@dataclass(frozen=True)
class Settling:
    """How a statement could come to have a truth: facts that can bring it about `alone`, and a smallest set
    that can do so `together`; None where nothing can.

    `needed` of the `parts` must come about; a way without parts needs all of `together`, or one of `alone`.
    """

    alone: Facts
    together: Facts | None
    parts: "tuple[Settling, ...]" = ()
    needed: int = 0

    @cached_property
    def _named(self) -> Facts:
        """Every fact by which it, or a part of it, can come about."""
        return self.alone.union(self.together or NONE, *(part._named for part in self.parts))

    def beside(self, fact: Missing) -> Facts | None:
        """A smallest set of other facts with which this one can bring it about; None where it cannot."""
        if fact in self.alone:
            return NONE
        if fact not in self._named:
            return None
        if not self.parts:
            return self.together - {fact} if self.together and fact in self.together else None
        sets = [
            self._with(place, found)
            for place, part in enumerate(self.parts)
            if (found := part.beside(fact)) is not None
        ]
        return _smallest([one - {fact} for one in sets])

    def _with(self, place: int, beside: Facts) -> Facts:
        """One part by way of a fact, and of the others so many as are needed, in the cheapest way."""
        others = sorted((part.together or NONE for part in self.parts[:place] + self.parts[place + 1 :]), key=len)
        return beside.union(*others[: self.needed - 1])


NO_WAY = Settling(NONE, None)
ALREADY = Settling(NONE, NONE)


def way_to(patient: Explainer, node: c.TruthNode, target: Truth, place: ReadFrom = PATIENT) -> Settling:
    """What it takes for the node to become TRUE or FALSE.

    Unknown: settled statements stay as they are, so the other truth is out of reach.
    """
    truth = patient.truth(node, place)
    if truth is not UNKNOWN:
        return ALREADY if truth == target else NO_WAY
    known: Settling | None = patient.ways.get((node, target, place))
    if known is None:
        other = patient.alike(node) if place is PATIENT else None
        known = way_to(other, node, target) if other else _open(patient, node, target, place)
        patient.ways[node, target, place] = known
    return known


def _open(patient: Explainer, node: c.TruthNode, target: Truth, place: ReadFrom) -> Settling:
    def ways(nodes: Iterable[c.TruthNode]) -> list[Settling]:
        return [way_to(patient, one, target, place) for one in nodes]

    match node:
        case c.Exists(records):
            return _record(patient, records) if target is TRUE else _no_record(patient, records)
        case c.Among(path, codes, possible):
            suits = codes if target is TRUE else None
            return _told(patient, path, place, lambda told: _codes_suit(told, suits, codes | possible))
        case c.Holds(path):
            return _told(patient, path, place, lambda told: True)
        case c.All((c.Any((c.Not(asked), then)), c.Any((again, otherwise)))) if asked == again and target is TRUE:
            asked_so = (way_to(patient, asked, one, place) for one in (TRUE, FALSE))
            return some([every(pair) for pair in zip(asked_so, ways((then, otherwise)), strict=True)])
        case c.All(parts):
            return every(ways(parts)) if target is TRUE else some(ways(parts))
        case c.Any(parts):
            return some(ways(parts)) if target is TRUE else every(ways(parts))
        case c.AtLeast(count, parts):
            return several(ways(parts), count if target is TRUE else len(parts) - count + 1)
        case c.Not(part):
            return way_to(patient, part, OPPOSITE[target], place)
        case c.Named(_, part):
            return way_to(patient, part, target, place)
        case c.Consensus(parts):
            return every(ways(parts))
        case c.Agreed(sources):
            contradict = any(patient.truth(source, place) is not UNKNOWN for source in sources)
            return NO_WAY if contradict else some(ways(sources))
        case c.Preferred(first, otherwise):
            return some(ways((first, otherwise)))
        case c.Within(number, _, _):
            return _number(patient, node, number, target, place)
        case c.Confirm():  # pragma: no cover  # never open: a question has its favourable value
            return NO_WAY


def every(ways: Sequence[Settling]) -> Settling:
    """All of these must come about."""
    if any(way.together is None for way in ways):
        return NO_WAY
    together: Facts = frozenset().union(*(way.together or NONE for way in ways))
    still = tuple(way for way in ways if way.together)
    alone = reduce(frozenset.intersection, [way.alone for way in still]) if still else NONE
    return Settling(alone, together, still, len(still))


def some(ways: Sequence[Settling]) -> Settling:
    """One of these must come about."""
    possible = tuple(way for way in ways if way.together is not None)
    alone: Facts = frozenset().union(*(way.alone for way in possible))
    return Settling(alone, _smallest([way.together or NONE for way in possible]), possible, 1) if possible else NO_WAY


def several(ways: Sequence[Settling], count: int) -> Settling:
    """At least `count` of these must come about."""
    possible = sorted((way for way in ways if way.together is not None), key=_by_size)
    if len(possible) < count:
        return NO_WAY
    together: Facts = frozenset().union(*(way.together or NONE for way in possible[:count]))
    facts: Facts = frozenset().union(*(way.alone for way in possible))
    alone = {one for one in facts if sum(one in way.alone or not way.together for way in possible) >= count}
    return Settling(frozenset(alone), together, tuple(possible), count)


def _by_size(way: Settling) -> tuple[int, list[Missing]]:
    together = way.together or NONE
    return len(together), sorted(together)


def _smallest(sets: Sequence[Facts]) -> Facts | None:
    """One of the smallest, the same each time; None where there is none."""
    least = min(map(len, sets), default=0)
    found = {one for one in sets if len(one) == least}
    return min(found, key=sorted) if len(found) > 1 else found.pop() if found else None


def _first(facts: Facts) -> Facts:
    """One of them, the same each time."""
    return frozenset(sorted(facts, key=lambda one: one.fact)[:1])


def _facts(missing: Iterable[Missing]) -> Settling:
    """A leaf: any one of the facts settles it, either way."""
    found = frozenset(missing)
    return Settling(found, _first(found)) if found else NO_WAY


def _number(patient: Explainer, node: c.Within, number: c.NumberNode, target: Truth, place: ReadFrom) -> Settling:
    """A derived number needs every fact it is made of, save that one more record can only raise it."""
    raises = (node.inside.hi == inf) == (target is TRUE)
    match number:
        case c.Fact(path):
            return _fact(patient, node, path, target, place)
        case c.Narrowed(sources):
            return some([_number(patient, node, source, target, place) for source in sources])
        case c.Count(records) | c.Total(records, _) | c.Largest(records, _) | c.Smallest(records, _):
            missing = frozenset(patient.missing_of(number))
            if not missing:
                return NO_WAY
            whole = Settling(missing if len(missing) == 1 else NONE, missing)
            reached_by_one = raises != isinstance(number, c.Smallest)
            return some([*_by_one_record(patient, number, records), whole]) if reached_by_one else whole


def _by_one_record(patient: Explainer, number: c.NumberNode, records: c.Records) -> Iterator[Settling]:
    """A listed record that is large (or small) enough, or one that was not listed."""
    if isinstance(number, c.Total | c.Largest | c.Smallest):
        for row, truth in patient.matching(records):
            place = ReadFrom(records.table, row)
            sized = _facts(patient.asked(number.fact, place))
            if truth is not FALSE:
                yield every([way_to(patient, records.where, TRUE, place), sized])
    yield _facts(_one_more(patient, records))


def _fact(patient: Explainer, node: c.Within, path: str, target: Truth, place: ReadFrom) -> Settling:
    """What is known leaves room for it, and the fact can be told so: `within 12 months` says at most."""
    known, inside, possibly = patient.number(node.number, place), node.inside, node.possibly
    at_most = patient.words.only_at_most(path)

    def suits(told: Told) -> bool:
        met = known.meet(told) if isinstance(told, Interval) else known
        if met is None:
            return False
        if target is TRUE:
            return met.meet(inside) is not None and (inside.lo <= met.lo or not at_most)
        return met.lo < possibly.lo or (met.hi > possibly.hi and not at_most)

    return _told(patient, path, place, suits)


def _codes_suit(told: Told, wanted: frozenset[str] | None, other: frozenset[str]) -> bool:
    """Whether what follows can be one of the codes that are wanted, or where none are named one beside the others."""
    if not isinstance(told, frozenset):
        return True
    return not told.isdisjoint(wanted) if wanted is not None else not told <= other


def _told(patient: Explainer, path: str, place: ReadFrom, suits: Callable[[Told], bool]) -> Settling:
    """The fact, or another from which it follows, where what follows suits; some follow from several together."""
    telling = [patient.words.tells(path, other) for other in patient.words.told_by(path)]
    asked = list(zip(patient.asked(path, place), telling, strict=True))
    alone = _facts(one for one, told in asked if not isinstance(told, str) and suits(told))
    several_facts = frozenset(one for one, told in asked if isinstance(told, str))
    return some([alone, Settling(NONE, several_facts)]) if several_facts and alone != NO_WAY else alone


def _record(patient: Explainer, records: c.Records) -> Settling:
    """A listed record turns out to match, or one that was not listed does."""
    rows = [way_to(patient, records.where, TRUE, ReadFrom(records.table, row)) for row in patient.unknown_rows(records)]
    return some([*rows, _facts(_one_more(patient, records))])


def _one_more(patient: Explainer, records: c.Records) -> Facts:
    """What may bring up a record that was not listed; how many there are says nothing of them."""
    counts = patient.words.completes(records.table)[1:]
    return frozenset(one for one in patient.list_missing(records) if one.fact not in counts)


def _no_record(patient: Explainer, records: c.Records) -> Settling:
    """No listed record turns out to match, and nothing was left out: so stated, or settled by something else."""
    rows = [
        way_to(patient, records.where, FALSE, ReadFrom(records.table, row)) for row in patient.unknown_rows(records)
    ]
    missing = patient.list_missing(records)
    if not missing:
        return every(rows)
    completing = patient.words.completes(records.table)
    stated = _facts(one for one in missing if one.fact in completing)
    return every([*rows, some([stated, way_to(patient, records.settled_by, TRUE)])])
