"""What is wrong with the rows of a file, which may be all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from sys import intern

from schemas.inputs.faults import Fault


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row, and where in its summary; never the value. A file may have millions of them."""

    row: int
    path: str
    message: str

    @classmethod
    def of(cls, row: int, fault: Fault) -> "RowFault":
        message = f"{fault.message} ({fault.hint})" if fault.hint else fault.message
        return cls(row, intern(fault.path), intern(message))


def grouped(faults: Iterable[RowFault]) -> dict[str, dict[str, list[int]]]:
    """Rows by path and message, for the same few are wrong with most rows."""
    out: dict[str, dict[str, list[int]]] = {}
    for fault in faults:
        out.setdefault(fault.path, {}).setdefault(fault.message, []).append(fault.row)
    return out


def ungrouped(rows: Mapping[str, Mapping[str, Sequence[int]]]) -> tuple[RowFault, ...]:
    """The faults again, in the order of their rows."""
    by_message = ((path, message, some) for path, messages in rows.items() for message, some in messages.items())
    return in_order(RowFault(row, path, message) for path, message, some in by_message for row in some)


def in_order(faults: Iterable[RowFault]) -> tuple[RowFault, ...]:
    """By row, path and message."""
    return tuple(sorted(faults, key=attrgetter("row", "path", "message")))
