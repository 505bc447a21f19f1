"""Text in blocks that end at the end of a row, each with its place in the file."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from registry.limits import BLOCK_BYTES, MAX_LINE_BYTES
from registry.read.source import UTF8_MARK, ByteSource
from schemas.inputs.faults import Fault, InputError

QUOTE, NEWLINE = b'"', b"\n"


@dataclass(frozen=True)
class TextBlock:
    """Whole rows. `line` is the number of the first one's line, from 1; `start` the place of its first byte."""

    data: bytes
    line: int
    start: int


def blocks(source: ByteSource, quoted: bool) -> Iterator[TextBlock]:
    """The text in whole rows; where `quoted`, a line break within quotes ends none.

    Raises: InputError for a row beyond the bound, a quote that nobody closes, and text that is not UTF-8, with the
    line, after the whole rows before it.
    """
    rest, line, start = b"", 1, 0
    if source.peek(3) == UTF8_MARK:
        rest, start = source.read().removeprefix(UTF8_MARK), len(UTF8_MARK)
    for data in _gathered(source, rest):
        rest = rest + data if data is not rest else data
        end = _last_end(rest, quoted)
        if end:
            yield from _checked(TextBlock(rest[:end], line, start))
            line, start, rest = line + _lines(rest[:end]), start + end, rest[end:]
        if len(rest) > MAX_LINE_BYTES:
            raise InputError([_endless(rest, line, start, quoted)])
    if quoted and rest.count(QUOTE) % 2:
        raise InputError([Fault("", "a quote is opened and never closed", "see the line", line)])
    if rest and not rest.isspace():
        yield from _checked(TextBlock(rest, line, start))


def _gathered(source: ByteSource, first: bytes) -> Iterator[bytes]:
    """Blocks of a good size: a stream may give few bytes at a time. What comes before a fault is given too."""
    if first:
        yield first
    parts: list[bytes] = []
    size, fault = 0, None
    try:
        for part in source.blocks():
            parts.append(part)
            size += len(part)
            if size >= BLOCK_BYTES:
                yield b"".join(parts)
                parts, size = [], 0
    except InputError as error:
        fault = error
    if parts:
        yield b"".join(parts)
    if fault is not None:
        raise fault


def _lines(text: bytes) -> int:
    """How many line breaks: `bytes.count` looks at each byte by itself, which takes four times as long (measured)."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(NEWLINE)))


def _last_end(text: bytes, quoted: bool) -> int:
    """Just behind the last line break that is not within quotes; 0 where there is none."""
    end = text.rfind(NEWLINE) + 1
    if not quoted or QUOTE not in text:
        return end
    within = text.count(QUOTE, 0, end) % 2
    while end and within:
        before = text.rfind(NEWLINE, 0, end - 1) + 1
        within ^= text.count(QUOTE, before, end) % 2
        end = before
    return end


def _endless(text: bytes, line: int, start: int, quoted: bool) -> Fault:
    limit = f"longer than {MAX_LINE_BYTES:,} bytes, from byte {start:,}"
    if quoted and text.count(QUOTE) % 2:
        return Fault("", f"a row {limit}: a quote is opened and never closed", "see the line", line)
    return Fault("", f"a line {limit}", "no summary is as long", line)


def _checked(block: TextBlock) -> Iterator[TextBlock]:
    """The block, or what of it comes before the first byte that is not UTF-8."""
    data = block.data
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        whole = data.rfind(NEWLINE, 0, error.start) + 1
        if whole and data.count(QUOTE, 0, whole) % 2 == 0:
            yield TextBlock(data[:whole], block.line, block.start)
        line = block.line + data.count(NEWLINE, 0, error.start)
        place = f"not UTF-8 text at byte {block.start + error.start:,}"
        raise InputError([Fault("", place, "save the whole file as UTF-8", line)]) from None
    if b"\x00" in data:
        line = block.line + data.count(NEWLINE, 0, data.index(b"\x00"))
        raise InputError([Fault("", "a zero byte", "the file is damaged, or no text", line)])
    yield block
