"""One patient as plain values, where arrays of one would cost more than what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from matching.interval import Interval
from matching.truth import Truth

Plain: TypeAlias = str | bool | Interval | None
"""A code, a yes or no, what is known of a number (canonical units), or None where nothing is known."""

Values: TypeAlias = Mapping[str, Plain]
"""The facts of a patient by path, or those of a record by the name of the field."""


@dataclass(frozen=True)
class RecordList:
    """Repeated records. `complete` is TRUE where somebody said that the list names every record."""

    records: tuple[Values, ...] = ()
    complete: Truth = Truth.UNKNOWN


UNKNOWN_LIST = RecordList()


@dataclass(frozen=True)
class PatientValues:
    """A fact or table that is absent is unknown."""

    facts: Values = field(default_factory=dict)
    tables: Mapping[str, RecordList] = field(default_factory=dict)

    def table(self, path: str) -> RecordList:
        """The table, or an empty one of which nobody said that it is complete."""
        return self.tables.get(path, UNKNOWN_LIST)

    def differs(self, other: "PatientValues") -> frozenset[str]:
        """The facts and tables of which the two state something different."""
        return _unlike(self.facts, other.facts) | _unlike(self.tables, other.tables)


def _unlike(mine: Mapping[str, object], theirs: Mapping[str, object]) -> frozenset[str]:
    """The keys under which something different stands."""
    pairs = ((key, mine.get(key), theirs.get(key)) for key in {**mine, **theirs})
    return frozenset(key for key, one, other in pairs if one is not other and one != other)
