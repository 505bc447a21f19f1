"""Strict YAML: plain data with the line of every path; no aliases, duplicate keys or bottomless nesting."""

import re
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from schemas.errors import Fault, InputError, join

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 50
BOOLEANS = {"true": True, "false": False}
NULLS = {"", "~", "null"}


@dataclass
class Source:
    """What a YAML text says, and the line on which each path stands."""

    data: Any
    lines: dict[str, int] = field(default_factory=dict)


def read_text(file: Traversable, name: str) -> str:
    """Raises: InputError when the file is no UTF-8 text."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError([Fault("", "not UTF-8 text", "save it as UTF-8", file=name)]) from None


def read_yaml(text: str, file: str) -> Source:
    """Read one document.

    Raises: InputError with file and line.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError([Fault("", f"longer than {MAX_CHARACTERS} characters", file=file)])
    try:
        _refuse_tricks(text, file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        hint = "indent with spaces, not tabs" if line and _is_tabbed(text, line) else None
        raise InputError([Fault("", "not valid YAML", hint, line, file)]) from None
    except yaml.YAMLError:
        raise InputError([Fault("", "not valid YAML: a character that no text has", file=file)]) from None
    source = Source(None)
    source.data = _plain(root, "", source.lines, file)
    return source


def _is_tabbed(text: str, line: int) -> bool:
    """Whether a tab stands before the first word of the line, or of the one before, where the parser may stop."""
    near = text.splitlines()[max(line - 2, 0) : line]
    return any("\t" in one[: len(one) - len(one.lstrip())] for one in near)


def _refuse_tricks(text: str, file: str) -> None:
    """Anchors can recurse or multiply without end, and depth exhausts the stack: both stop here."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError([Fault("", "anchors and aliases are not allowed", "write it out", line, file)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InputError([Fault("", f"nested deeper than {MAX_DEPTH} levels", None, line, file)])


def _plain(node: yaml.Node | None, path: str, lines: dict[str, int], file: str) -> Any:
    if node is None:
        return None
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, join(path, place), lines, file) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines, file)
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: str, lines: dict[str, int], file: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise InputError([Fault(path, "a key must be a plain word", None, line, file)])
        if key.value in out:
            raise InputError([Fault(join(path, key.value), "this key stands here twice", None, line, file)])
        below = join(path, key.value)
        out[key.value] = _plain(value, below, lines, file)
        lines[below] = line
    return out


def _scalar(node: yaml.Node) -> Any:
    """Only what JSON knows: YAML 1.1 would read `no`, `on`, `1:30` and dates as something else than words."""
    text: str = node.value
    if getattr(node, "style", None):
        return text
    if text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    if text.lower() in NULLS:
        return None
    if re.fullmatch(r"-?(0|[1-9]\d{0,17})", text):
        return int(text)
    if re.fullmatch(r"-?\d{1,17}\.\d{1,17}", text):
        return float(text)
    return text
