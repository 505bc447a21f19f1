"""Reads JSON strictly: plain data, or the path of every value that a summary cannot contain."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isinf
from typing import Any

from schemas.inputs.faults import Fault, InputError, child_path

MAX_DEPTH = 32
"""A summary is six levels deep; a much deeper input is an attack or an accident."""

MAX_DIGITS = 18
"""The digits that surely fit into a 64-bit integer; much longer literals take quadratic time to parse."""

MAX_FAULTS = 100

STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Matches an unclosed string too; otherwise each quote in it would be retried, which takes quadratic time."""

TOKEN = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+')
UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Control characters and unpaired surrogates: JSON can escape them, but not every database column accepts them."""


class NotJson(InputError):
    """The text is not JSON, or not safe to parse. For every other fault the text is valid JSON."""


@dataclass(frozen=True)
class _RejectedValue:
    """Replaces a value that is rejected until its path is known."""

    message: str
    hint: str


REPEATED = _RejectedValue("duplicate key", "keep one of them")
NOT_FINITE = _RejectedValue("not a JSON number", "omit the field if the value is unknown")
TOO_LONG = _RejectedValue(f"a number with more than {MAX_DIGITS} digits", "round it to the digits that were measured")
TOO_LARGE = _RejectedValue("the number is too large", "omit the field if the value is unknown")


def read_json(body: bytes) -> Any:
    """Read one JSON document.

    Raises: NotJson with the line; InputError with the path of every value that is rejected.
    """
    text = _decoded(body)
    _reject_deep_nesting(text)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=lambda _: NOT_FINITE,
        )
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise NotJson([Fault("", f"not valid JSON at {position}", _parser_message(error), error.lineno)]) from None
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
        raise NotJson([Fault("", "starts with a byte order mark", "save it as UTF-8 without a byte order mark", 1)])
    if not text.strip():
        raise NotJson([Fault("", "no content", "send one JSON object")])
    return text


def _reject_deep_nesting(text: str) -> None:
    """Run before the parser, which has no limit but the stack of the interpreter."""
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", STRING.sub("", text)):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise NotJson([Fault("", f"nested deeper than {MAX_DEPTH} levels", "a summary needs at most six")])


def _parser_message(error: json.JSONDecodeError) -> str:
    """The message of the parser, which is fixed and contains nothing of the text."""
    return f"{error.msg[0].lower()}{error.msg[1:]}"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        out[key] = REPEATED if key in out else value
    return out


def _integer(digits: str) -> int | _RejectedValue:
    return int(digits) if len(digits.lstrip("-")) <= MAX_DIGITS else TOO_LONG


def _fraction(digits: str) -> float | _RejectedValue:
    number = float(digits)
    return TOO_LARGE if isinf(number) else number


def _faults(value: Any, path: str) -> Iterator[Fault]:
    if isinstance(value, _RejectedValue):
        yield Fault(path, value.message, value.hint)
    elif isinstance(value, str):
        yield from _text_faults(value, path)
    elif isinstance(value, dict):
        for key, nested in value.items():
            yield from _text_faults(key, path)
            yield from _faults(nested, child_path(path, key))
    elif isinstance(value, list):
        for index, nested in enumerate(value):
            yield from _faults(nested, child_path(path, index))


def _text_faults(text: str, path: str) -> Iterator[Fault]:
    if UNSTORABLE.search(text):
        yield Fault(path, "contains a control character or an unpaired surrogate", "send plain text")


def lines_of(text: str) -> dict[str, int]:
    """The line of every path of a text that `read_json` accepted."""
    lines: dict[str, int] = {}
    _record_lines(_tokens(text), "", lines)
    return lines


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Brackets and scalars, each with its line."""
    line, tokens = 1, []
    for found in TOKEN.finditer(text):
        token = found.group()
        line += token == "\n"
        tokens.append((token, line))
    return iter([pair for pair in tokens if pair[0] not in "\n:,"])


def _record_lines(tokens: Iterator[tuple[str, int]], path: str, lines: dict[str, int]) -> bool:
    """Record the lines of the next value; False if the list or object ends instead."""
    token, line = next(tokens)
    if token in "]}":
        return False
    lines.setdefault(path, line)
    if token == "[":
        index = 0
        while _record_lines(tokens, child_path(path, index), lines):
            index += 1
    elif token == "{":
        while (key := next(tokens))[0] != "}":
            nested = child_path(path, json.loads(key[0]))
            lines.setdefault(nested, key[1])
            _record_lines(tokens, nested, lines)
    return True
