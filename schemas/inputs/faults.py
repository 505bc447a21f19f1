"""What is wrong with an input, and where; never the value itself, which may identify someone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class FaultMessage:
    """One message about one value, before its place is known."""

    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: its JSON path, what is wrong, and where known a hint, file and line."""

    path: str
    message: str
    hint: str | None = None
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.path or None) if part is not None)
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.message}{hint}" if place else f"{self.message}{hint}"


class InputError(Exception):
    """An input was refused. `faults` names everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        # Worded when it is asked for: of a registry's rows nobody asks.
        return "; ".join(str(fault) for fault in self.faults)

    def placed(self, file: str, lines: Mapping[str, int] | None = None) -> "InputError":
        """The same faults with the file, and the line of the nearest place that has one."""
        return InputError(
            replace(fault, file=file, line=fault.line or _line_of(fault.path, lines or {})) for fault in self.faults
        )


def _line_of(path: str, lines: Mapping[str, int]) -> int | None:
    while path not in lines and path:
        path = parent(path)
    return lines.get(path)


def parent(path: str) -> str:
    """The path one step up: `a.b[0]` to `a.b` to `a` to nothing."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def join(path: str, key: str | int) -> str:
    """The path one step down; a key that is no plain name is left out, for it may be somebody's data."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = key if PLAIN.fullmatch(key) else "*"
    return f"{path}.{name}" if path else name


def faults_of(messages: Any, path: str = "") -> Iterator[Fault]:
    """Flatten marshmallow's nested messages; `_schema` speaks of the place itself."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            yield from faults_of(below, path if key == "_schema" else join(path, key))
    elif isinstance(messages, list | tuple):
        for below in messages:
            yield from faults_of(below, path)
    elif isinstance(messages, FaultMessage):
        yield Fault(path, messages.message, messages.hint)
    else:
        yield Fault(path, str(messages))
