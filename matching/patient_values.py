"""One patient as plain values: for one patient, arrays would cost more than the values in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from matching.interval import Interval
from matching.truth import Truth

Plain: TypeAlias = str | bool | Interval | None
"""A code, a yes or no, an interval (canonical units), or None where nothing is known."""

Values: TypeAlias = Mapping[str, Plain]
"""The facts of a patient by path, or those of a record by the name of the field."""


@dataclass(frozen=True)
class RecordList:
    """Repeated records. `complete` is TRUE where the list is marked complete."""

    records: tuple[Values, ...] = ()
    complete: Truth = Truth.UNKNOWN


UNKNOWN_LIST = RecordList()


@dataclass(frozen=True)
class PatientValues:
    """The facts and lists of a patient. A fact or list that is absent is unknown."""

    facts: Values = field(default_factory=dict)
    tables: Mapping[str, RecordList] = field(default_factory=dict)

    def table(self, path: str) -> RecordList:
        """The table; an empty list that is not marked complete where the patient has none."""
        return self.tables.get(path, UNKNOWN_LIST)

    def differs(self, other: "PatientValues") -> frozenset[str]:
        """The facts and tables that differ between the two patients."""
        return _differing(self.facts, other.facts) | _differing(self.tables, other.tables)


def _differing(mine: Mapping[str, object], theirs: Mapping[str, object]) -> frozenset[str]:
    pairs = ((key, mine.get(key), theirs.get(key)) for key in {**mine, **theirs})
    return frozenset(key for key, own, other in pairs if own is not other and own != other)
