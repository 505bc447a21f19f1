"""Read text in blocks that end at the end of a row, each with its position in the file."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from registry.limits import BLOCK_BYTES, MAX_LINE_BYTES
from registry.read.source import UTF8_MARK, ByteSource
from schemas.inputs.faults import Fault, InputError

QUOTE, NEWLINE = b'"', b"\n"
UNCLOSED_QUOTE = "a quote is opened and never closed"
CLOSE_QUOTE = 'close the quote, or write "" for a quote inside a cell'


@dataclass(frozen=True)
class TextBlock:
    """Whole rows. `line` is the number of the first line, from 1; `start` is the position of the first byte."""

    data: bytes
    line: int
    start: int


def read_text_blocks(source: ByteSource, quoted: bool) -> Iterator[TextBlock]:
    """Yield the text in whole rows; if `quoted`, a line break within quotes does not end a row.

    Raises: InputError for a row beyond the bound, an unclosed quote, and text that is not UTF-8, with the line, after
    the whole rows before it.
    """
    rest, line, start = b"", 1, 0
    if source.peek(3) == UTF8_MARK:
        rest, start = source.read().removeprefix(UTF8_MARK), len(UTF8_MARK)
    for data in _buffered(source, rest):
        rest = rest + data if data is not rest else data
        end = _end_of_last_row(rest, quoted)
        if end:
            yield from _valid_text(TextBlock(rest[:end], line, start))
            line, start, rest = line + _count_lines(rest[:end]), start + end, rest[end:]
        if len(rest) > MAX_LINE_BYTES:
            raise InputError([_too_long(rest, line, start, quoted)])
    if quoted and rest.count(QUOTE) % 2:
        raise InputError([Fault("", UNCLOSED_QUOTE, CLOSE_QUOTE, line)])
    if rest and not rest.isspace():
        yield from _valid_text(TextBlock(rest, line, start))


def _buffered(source: ByteSource, first: bytes) -> Iterator[bytes]:
    """Yield blocks of about `BLOCK_BYTES`, because a stream may give few bytes at a time.

    The bytes before a fault are yielded too.
    """
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


def _count_lines(text: bytes) -> int:
    """Count the line breaks. `bytes.count` compares byte by byte, which takes four times as long (measured)."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == ord(NEWLINE)))


def _end_of_last_row(text: bytes, quoted: bool) -> int:
    """Return the position after the last line break outside quotes; 0 if there is none."""
    end = text.rfind(NEWLINE) + 1
    if not quoted or QUOTE not in text:
        return end
    within = text.count(QUOTE, 0, end) % 2
    while end and within:
        before = text.rfind(NEWLINE, 0, end - 1) + 1
        within ^= text.count(QUOTE, before, end) % 2
        end = before
    return end


def _too_long(text: bytes, line: int, start: int, quoted: bool) -> Fault:
    limit = f"longer than {MAX_LINE_BYTES:,} bytes, from byte {start:,}"
    if quoted and text.count(QUOTE) % 2:
        return Fault("", f"a row {limit}: {UNCLOSED_QUOTE}", CLOSE_QUOTE, line)
    return Fault("", f"a line {limit}", "check that each patient is on a line of its own", line)


def _valid_text(block: TextBlock) -> Iterator[TextBlock]:
    """Yield the block, or its whole rows before the first byte that is not UTF-8.

    Raises: InputError for bytes that are not UTF-8 text.
    """
    data = block.data
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError as error:
        end = data.rfind(NEWLINE, 0, error.start) + 1
        if end and data.count(QUOTE, 0, end) % 2 == 0:
            yield TextBlock(data[:end], block.line, block.start)
        line = block.line + data.count(NEWLINE, 0, error.start)
        message = f"not UTF-8 text at byte {block.start + error.start:,}"
        raise InputError([Fault("", message, "save the file as UTF-8; in Excel: Save as, CSV UTF-8", line)]) from None
    if b"\x00" in data:
        line = block.line + data.count(NEWLINE, 0, data.index(b"\x00"))
        raise InputError([Fault("", "a zero byte", "the file is damaged, or not a text file: export it again", line)])
    yield block
