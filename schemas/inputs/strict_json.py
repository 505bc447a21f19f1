"""Strict JSON: plain data, or the path of everything in it that a summary cannot hold."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isinf
from typing import Any

from schemas.inputs.faults import Fault, InputError, join

MAX_DEPTH = 32
"""A summary nests six levels deep; beyond this an input is an attack or an accident."""

MAX_DIGITS = 18
"""What a 64-bit integer holds; longer literals cost quadratic time to read."""

MAX_FAULTS = 100

STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""One that is never closed matches too: else each quote in it would be tried anew, in quadratic time."""

TOKEN = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Control characters and halves of surrogate pairs: JSON can escape them, no database column takes them all."""


class NotJson(InputError):
    """The text is no JSON, or none that is safe to parse; any other fault is in what it says."""


@dataclass(frozen=True)
class _Refused:
    """Stands where a value was that cannot be taken, until its path is known."""

    message: str
    hint: str


REPEATED = _Refused("this key stands here twice", "keep one of them")
NOT_FINITE = _Refused("not a JSON number", "leave out what is not known")
TOO_LONG = _Refused(f"a number of more than {MAX_DIGITS} digits", "leave out digits that nobody measured")
TOO_LARGE = _Refused("a number too large to be read", "leave out what is not known")


def read_json(body: bytes) -> Any:
    """Read one JSON document.

    Raises: NotJson with the line; InputError with the path of everything that cannot be taken.
    """
    text = _decoded(body)
    _refuse_depth(text)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=lambda _: NOT_FINITE,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NotJson([Fault("", f"not valid JSON at {place}", _meaning(error), error.lineno)]) from None
    if faults := list(islice(_faults(data, ""), MAX_FAULTS)):
        raise InputError(faults)
    return data


def _decoded(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise NotJson([Fault("", "not UTF-8 text", "save it as UTF-8", line)]) from None
    if text.startswith("\ufeff"):
        raise NotJson([Fault("", "starts with a byte order mark", "save it as UTF-8 without one", 1)])
    if not text.strip():
        raise NotJson([Fault("", "empty", "send one JSON object")])
    return text


def _refuse_depth(text: str) -> None:
    """Before the parser, whose own limit is the stack of the interpreter."""
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", STRING.sub("", text)):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise NotJson([Fault("", f"nested deeper than {MAX_DEPTH} levels", "a summary needs no more than six")])


def _meaning(error: json.JSONDecodeError) -> str:
    """The parser's own words, which are fixed and hold nothing of the text."""
    return f"{error.msg[0].lower()}{error.msg[1:]}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        out[key] = REPEATED if key in out else value
    return out


def _integer(digits: str) -> int | _Refused:
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else TOO_LONG


def _fraction(digits: str) -> float | _Refused:
    number = float(digits)
    return TOO_LARGE if isinf(number) else number


def _faults(value: Any, path: str) -> Iterator[Fault]:
    if isinstance(value, _Refused):
        yield Fault(path, value.message, value.hint)
    elif isinstance(value, str):
        yield from _text_faults(value, path)
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _text_faults(key, path)
            yield from _faults(below, join(path, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from _faults(below, join(path, place))


def _text_faults(text: str, path: str) -> Iterator[Fault]:
    if UNSTORABLE.search(text):
        yield Fault(path, "a control character or half of a surrogate pair", "send plain text")


def lines_of(text: str) -> dict[str, int]:
    """The line of every path of a text that `read_json` took."""
    lines: dict[str, int] = {}
    _place(_tokens(text), "", lines)
    return lines


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Brackets and scalars, each with its line."""
    line, tokens = 1, []
    for found in TOKEN.finditer(text):
        token = found.group()
        line += token == "\n"
        tokens.append((token, line))
    return iter([pair for pair in tokens if pair[0] not in "\n:,"])


def _place(tokens: Iterator[tuple[str, int]], path: str, lines: dict[str, int]) -> bool:
    """Note where the next value stands; False where a list or object ends instead."""
    token, line = next(tokens)
    if token in "]}":
        return False
    lines.setdefault(path, line)
    if token == "[":
        place = 0
        while _place(tokens, join(path, place), lines):
            place += 1
    elif token == "{":
        while (key := next(tokens))[0] != "}":
            below = join(path, json.loads(key[0]))
            lines.setdefault(below, key[1])
            _place(tokens, below, lines)
    return True
