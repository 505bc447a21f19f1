"""Reads YAML strictly: plain data with the line of every path; no aliases, duplicate keys or deep nesting."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from schemas.inputs.faults import Fault, InputError, child_path

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50
BOOLEANS = {"true": True, "false": False}
NULLS = {"", "~", "null"}
WHOLE, DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})"), re.compile(r"-?\d{1,17}\.\d{1,17}")


@dataclass
class YamlDocument:
    """The data of a YAML text, and the line of each path."""

    data: Any
    lines: dict[str, int] = field(default_factory=dict)


def read_text(file: Traversable, name: str) -> str:
    """Raises: InputError when the file is not UTF-8 text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError([Fault("", "not UTF-8 text", "save it as UTF-8", file=name)]) from None


def read_yaml(text: str, file: str) -> YamlDocument:
    """Read one document.

    Raises: InputError with file and line.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError([Fault("", f"longer than {MAX_CHARACTERS} characters", file=file)])
    loader = yaml.CSafeLoader(text)
    try:
        return _DocumentReader(loader, file).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        hint = "indent with spaces, not tabs" if line and _is_tabbed(text, line) else None
        raise InputError([Fault("", "not valid YAML", hint, line, file)]) from None
    except yaml.YAMLError:
        raise InputError([Fault("", "not valid YAML: contains a character that is not text", file=file)]) from None
    finally:
        loader.dispose()


def _is_tabbed(text: str, line: int) -> bool:
    """Whether the line or the one before is indented with a tab; the parser may stop one line late."""
    around = text.splitlines()[max(line - 2, 0) : line]
    return any("\t" in text_line[: len(text_line) - len(text_line.lstrip())] for text_line in around)


class _DocumentReader:
    """Builds one document from parser events. PyYAML's intermediate nodes would take twice the time.

    Anchors can recurse or expand without end and deep nesting exhausts the stack, so both are rejected.
    """

    def __init__(self, loader: yaml.CSafeLoader, file: str) -> None:
        self._next: Callable[[], Any] = loader.get_event
        self._file = file
        self._lines: dict[str, int] = {}

    def document(self) -> YamlDocument:
        """Raises: InputError, and the errors of the parser."""
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return YamlDocument(None)
        data = self._value(self._next(), "", 0)
        self._next()
        more = self._next()
        if not isinstance(more, yaml.StreamEndEvent):
            raise self._fault("", "not valid YAML: a second document", more)
        return YamlDocument(data, self._lines)

    def _value(self, event: Any, path: str, depth: int) -> Any:
        self._lines[path] = event.start_mark.line + 1
        if event.anchor:
            raise self._fault("", "anchors and aliases are not allowed", event, "write the value out")
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else _scalar(event.value)
        if depth == MAX_DEPTH:
            raise self._fault("", f"nested deeper than {MAX_DEPTH} levels", event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, depth + 1)
        return self._sequence(path, depth + 1)

    def _sequence(self, path: str, depth: int) -> list[Any]:
        out: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            out.append(self._value(event, child_path(path, len(out)), depth))
        return out

    def _mapping(self, path: str, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while not isinstance(key := self._next(), yaml.MappingEndEvent):
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarEvent) or key.anchor:
                raise self._fault(path, "a key must be a plain word", key)
            nested = child_path(path, key.value)
            if key.value in out:
                raise self._fault(nested, "duplicate key", key)
            out[key.value] = self._value(self._next(), nested, depth)
            self._lines[nested] = line
        return out

    def _fault(self, path: str, message: str, event: Any, hint: str | None = None) -> InputError:
        return InputError([Fault(path, message, hint, event.start_mark.line + 1, self._file)])


def _scalar(text: str) -> Any:
    """Only the types of JSON: YAML 1.1 would not read `no`, `on`, `1:30` and dates as text."""
    if text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    if text.lower() in NULLS:
        return None
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
