"""Faults of an input, each with its path but never with the value, which may identify someone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class FaultMessage:
    """A message about one value whose path is not known yet."""

    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Fault:
    """One fault of an input: its JSON path and a message, and if known a hint, file and line."""

    path: str
    message: str
    hint: str | None = None
    line: int | None = None
    file: str | None = None

    def __str__(self) -> str:
        position = ":".join(str(part) for part in (self.file, self.line, self.path or None) if part is not None)
        hint = f" ({self.hint})" if self.hint else ""
        return f"{position}: {self.message}{hint}" if position else f"{self.message}{hint}"


class InputError(Exception):
    """An input is rejected. `faults` has everything that is wrong with it."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        # Formatted on demand, because the faults of registry rows are counted but seldom printed.
        return "; ".join(str(fault) for fault in self.faults)

    def placed(self, file: str, lines: Mapping[str, int] | None = None) -> "InputError":
        """The same faults with the file, and the line of the nearest enclosing path that has one."""
        return InputError(
            replace(fault, file=file, line=fault.line or _line_of(fault.path, lines or {})) for fault in self.faults
        )


def _line_of(path: str, lines: Mapping[str, int]) -> int | None:
    while path not in lines and path:
        path = parent_path(path)
    return lines.get(path)


def parent_path(path: str) -> str:
    """The enclosing path: `a.b[0]` to `a.b` to `a` to the empty path."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]


def child_path(path: str, key: str | int) -> str:
    """The path of a key or index. A key that is not a plain name is replaced by `*`, because it may be patient data."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = key if PLAIN_KEY.fullmatch(key) else "*"
    return f"{path}.{name}" if path else name


def faults_of(messages: Any, path: str = "") -> Iterator[Fault]:
    """Flatten marshmallow's nested messages. The key `_schema` stands for the object itself."""
    if isinstance(messages, Mapping):
        for key, nested in messages.items():
            yield from faults_of(nested, path if key == "_schema" else child_path(path, key))
    elif isinstance(messages, list | tuple):
        for nested in messages:
            yield from faults_of(nested, path)
    elif isinstance(messages, FaultMessage):
        yield Fault(path, messages.message, messages.hint)
    else:
        yield Fault(path, str(messages))
