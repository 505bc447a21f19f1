"""The closed algebra of criteria: what any criterion, of any cancer, is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from threading import Lock
from typing import Any as Whatever
from typing import ClassVar, TypeAlias, TypeVar, cast, dataclass_transform
from weakref import WeakValueDictionary

from matching.interval import Interval

T = TypeVar("T")


class Interned(type):
    """Classes of which equal instances are one object, so that looking a tree up never walks it."""

    _known: ClassVar[WeakValueDictionary[tuple[Whatever, ...], Whatever]] = WeakValueDictionary()
    _lock: ClassVar[Lock] = Lock()

    def __call__(cls, *args: Whatever, **kwargs: Whatever) -> Whatever:
        made = super().__call__(*args, **kwargs)
        with Interned._lock:  # of two threads that make the same node, both must get the same one
            return Interned._known.setdefault((cls, *_values(made)), made)


def _values(made: Whatever) -> tuple[Whatever, ...]:
    return tuple(getattr(made, one.name) for one in fields(made))


@dataclass_transform(frozen_default=True)
def node(cls: type[T]) -> type[T]:
    """A frozen dataclass whose equal instances are one object, also when they come from another process."""
    frozen = dataclass(frozen=True, eq=False)(cls)
    frozen.__reduce__ = lambda self: (type(self), _values(self))  # type: ignore[method-assign]  # mypy has no word for replacing a method
    own = {name: value for name, value in vars(frozen).items() if name not in ("__dict__", "__weakref__")}
    return cast(type[T], Interned(cls.__name__, cls.__bases__, own))


# --- truth-valued ---------------------------------------------------------------------------------


@node
class All:
    """TRUE when every part is (also when there is none); FALSE when one is."""

    parts: "tuple[TruthNode, ...]"


@node
class Any:
    """TRUE when a part is; FALSE when every part is (also when there is none)."""

    parts: "tuple[TruthNode, ...]"


@node
class Not:
    part: "TruthNode"


@node
class AtLeast:
    """TRUE when `count` parts are; FALSE when too few still can be."""

    count: int
    parts: "tuple[TruthNode, ...]"


@node
class Within:
    """TRUE when the number surely lies in `inside`, FALSE when it cannot lie in `possibly`.

    The two differ where a source contradicts itself ("600 mCi or 22 GBq"): what lies between is UNKNOWN.
    """

    number: "NumberNode"
    inside: Interval
    possibly: Interval


@node
class Among:
    """TRUE when the coded fact is in `codes`; UNKNOWN when it is in `possible` (a wider term) or not stated."""

    fact: str
    codes: frozenset[str]
    possible: frozenset[str] = frozenset()


@node
class Holds:
    """The truth of a yes-or-no fact."""

    fact: str


@node
class Exists:
    """TRUE when a record surely matches; FALSE when none can and the list is complete; else UNKNOWN."""

    records: "Records"


@node
class Confirm:
    """A question for the site, which no summary answers: takes its favourable value, and is listed."""

    question: str
    favourable: bool = True


@node
class Named:
    """A definition under its name."""

    name: str
    part: "TruthNode"


@node
class Consensus:
    """TRUE where every part holds, FALSE where none can, else UNKNOWN: a term that its user left open."""

    parts: "tuple[TruthNode, ...]"


@node
class Agreed:
    """One statement from several sources: any settled source settles it; if two contradict, UNKNOWN."""

    sources: "tuple[TruthNode, ...]"


@node
class Preferred:
    """The first where it is settled, else the other; if both are settled and differ, that is reported."""

    first: "TruthNode"
    otherwise: "TruthNode"


# --- number-valued --------------------------------------------------------------------------------


@node
class Fact:
    """A number of the patient, or inside `Records` of the record."""

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
    """The largest value over the matching records; -inf when there is none."""

    records: "Records"
    fact: str


@node
class Smallest:
    """The smallest value over the matching records; +inf when there is none."""

    records: "Records"
    fact: str


@node
class Narrowed:
    """One number from several sources: what all of them allow; if they contradict, anything."""

    sources: "tuple[NumberNode, ...]"


# --- records-valued -------------------------------------------------------------------------------


@node
class Records:
    """The records of a table that match `where`.

    The list counts as complete where the table is marked so, or where `settled_by` is TRUE (a gene that an
    assay covered).
    """

    table: str
    where: "TruthNode" = All(())
    settled_by: "TruthNode" = Any(())


TruthNode: TypeAlias = (
    All | Any | Not | AtLeast | Within | Among | Holds | Exists | Confirm | Named | Consensus | Agreed | Preferred
)
NumberNode: TypeAlias = Fact | Count | Total | Largest | Smallest | Narrowed
Node: TypeAlias = TruthNode | NumberNode | Records


def children(parent: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
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
        case Records(_, where, settled_by):
            return (where, settled_by)
        case Among() | Holds() | Confirm() | Fact():
            return ()


def walk(root: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    yield root
    for child in children(root):
        yield from walk(child)


def favourably(root: TruthNode, favourable: bool = True) -> TruthNode:
    """The same criterion with each `Confirm` set to the value that favours the patient at its polarity."""
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
        case Within() | Among() | Holds() | Exists():
            return root
