"""The closed algebra of criteria: the nodes of which every criterion is made."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any as Whatever
from typing import ClassVar, TypeAlias, TypeVar, cast, dataclass_transform
from weakref import WeakValueDictionary

from matching.interval import Interval

T = TypeVar("T")


class Interned(type):
    """Metaclass whose equal instances are one object, so that a lookup by node never walks the tree."""

    _known: ClassVar[WeakValueDictionary[tuple[Whatever, ...], Whatever]] = WeakValueDictionary()
    _lock: ClassVar[Lock] = Lock()

    def __call__(cls, *args: Whatever, **kwargs: Whatever) -> Whatever:
        created = super().__call__(*args, **kwargs)
        with Interned._lock:  # two threads that create equal nodes must get the same object
            return Interned._known.setdefault((cls, *_values(created)), created)


def _values(created: Whatever) -> tuple[Whatever, ...]:
    return tuple(getattr(created, field.name) for field in fields(created))


@dataclass_transform(frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """Decorate a frozen dataclass whose equal instances are one object, also after unpickling in another process."""
    frozen = dataclass(frozen=True, eq=False)(cls)
    frozen.__reduce__ = lambda self: (type(self), _values(self))  # type: ignore[method-assign]  # mypy rejects replacing a method
    own = {name: value for name, value in vars(frozen).items() if name not in ("__dict__", "__weakref__")}
    return cast(type[T], Interned(cls.__name__, cls.__bases__, own))


# --- truth-valued ---------------------------------------------------------------------------------


@node
class All:
    """TRUE when every part is TRUE, also when there are no parts; FALSE when any part is FALSE."""

    parts: "tuple[TruthNode, ...]"


@node
class Any:
    """TRUE when any part is TRUE; FALSE when every part is FALSE, also when there are no parts."""

    parts: "tuple[TruthNode, ...]"


@node
class Not:
    part: "TruthNode"


@node
class AtLeast:
    """TRUE when at least `count` parts are TRUE; FALSE when fewer can be."""

    count: int
    parts: "tuple[TruthNode, ...]"


@node
class Within:
    """TRUE when the number surely lies in `inside`, FALSE when it cannot lie in `possibly`.

    The two differ where a source contradicts itself ("600 mCi or 22 GBq"): a value in between is UNKNOWN.
    """

    number: "NumberNode"
    inside: Interval
    possibly: Interval


@node
class Among:
    """TRUE when the coded fact is in `codes`; UNKNOWN when it is in `possible` (a wider term) or not reported."""

    fact: str
    codes: frozenset[str]
    possible: frozenset[str] = frozenset()


@node
class IsYes:
    """The truth of a yes-or-no fact."""

    fact: str


@node
class Exists:
    """TRUE when a record surely matches; FALSE when no record can and the list is complete; else UNKNOWN."""

    records: "Records"


@node
class Confirm:
    """A question for the site, which no summary answers: it counts as its favourable value and is listed."""

    question: str
    favourable: bool = True


@node
class Named:
    """A definition with its name."""

    name: str
    part: "TruthNode"


@node
class Consensus:
    """TRUE where all parts are TRUE, FALSE where all are FALSE, else UNKNOWN: a term that a trial leaves undefined."""

    parts: "tuple[TruthNode, ...]"


@node
class Agreed:
    """One yes-or-no fact from several sources: any known source decides it; UNKNOWN if two contradict."""

    sources: "tuple[TruthNode, ...]"


@node
class Preferred:
    """The first where it is known, else the other. A contradiction between the two is reported."""

    first: "TruthNode"
    otherwise: "TruthNode"


# --- number-valued --------------------------------------------------------------------------------


@node
class Fact:
    """A number of the patient or, inside `Records`, of the record."""

    path: str


@node
class Count:
    """[sure matches, possible matches], unbounded above if the list may be incomplete."""

    records: "Records"


@node
class Total:
    """The sum of a quantity that cannot be negative over the matching records."""

    records: "Records"
    fact: str


@node
class Largest:
    """The largest value over the matching records; -inf when no record matches."""

    records: "Records"
    fact: str


@node
class Smallest:
    """The smallest value over the matching records; +inf when no record matches."""

    records: "Records"
    fact: str


@node
class Narrowed:
    """One number from several sources: the intersection of their intervals; any number if they contradict."""

    sources: "tuple[NumberNode, ...]"


# --- records-valued -------------------------------------------------------------------------------


@node
class Records:
    """The records of a table that match `where`.

    The list counts as complete where the table is marked complete, or where `complete_if` is TRUE (an assay
    covered the gene).
    """

    table: str
    where: "TruthNode" = All(())
    complete_if: "TruthNode" = Any(())


TruthNode: TypeAlias = (
    All | Any | Not | AtLeast | Within | Among | IsYes | Exists | Confirm | Named | Consensus | Agreed | Preferred
)
NumberNode: TypeAlias = Fact | Count | Total | Largest | Smallest | Narrowed
Node: TypeAlias = TruthNode | NumberNode | Records


def children(parent: Node) -> tuple[Node, ...]:
    """The direct children of a node."""
    match parent:
        case All(parts) | Any(parts) | AtLeast(_, parts) | Consensus(parts):
            return parts
        case Agreed(sources):
            return sources
        case Narrowed(sources):
            return sources
        case Not(part) | Named(_, part):
            return (part,)
        case Preferred(first, otherwise):
            return (first, otherwise)
        case Within(number, _, _):
            return (number,)
        case Exists(records) | Count(records) | Total(records, _) | Largest(records, _) | Smallest(records, _):
            return (records,)
        case Records(_, where, complete_if):
            return (where, complete_if)
        case Among() | IsYes() | Confirm() | Fact():
            return ()


def walk(root: Node) -> Iterator[Node]:
    """The node and all its descendants, parents first."""
    yield root
    for child in children(root):
        yield from walk(child)


def favourably(root: TruthNode, favourable: bool = True) -> TruthNode:
    """The same criterion with each `Confirm` set to the value that favours the patient (negations considered)."""
    match root:
        case Confirm(question, _):
            return Confirm(question, favourable)
        case Not(part):
            return Not(favourably(part, not favourable))
        case All(parts):
            return All(tuple(favourably(part, favourable) for part in parts))
        case Any(parts):
            return Any(tuple(favourably(part, favourable) for part in parts))
        case AtLeast(count, parts):
            return AtLeast(count, tuple(favourably(part, favourable) for part in parts))
        case Consensus(parts):
            return Consensus(tuple(favourably(part, favourable) for part in parts))
        case Agreed(sources):
            return Agreed(tuple(favourably(part, favourable) for part in sources))
        case Preferred(first, otherwise):
            return Preferred(favourably(first, favourable), favourably(otherwise, favourable))
        case Named(name, part):
            return Named(name, favourably(part, favourable))
        case Within() | Among() | IsYes() | Exists():
            return root
