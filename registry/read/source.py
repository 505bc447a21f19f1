"""The bytes of a file as it was packed: found out, unpacked as they are needed, and stopped where they are a trap."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from registry.limits import BLOCK_BYTES, BOMB_BYTES, BOMB_RATIO
from registry.options import Compression, Format, ReadOptions
from schemas.inputs.faults import Fault, InputError

MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""Source: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1."""

PARQUET = b"PAR1"
UTF8_MARK, UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
UNPACKED_BYTES = 1 << 18
"""Unpacked at a time: what comes before a damaged place is lost up to so many bytes before it."""

LOOKED_AT = 1 << 16
"""Bytes by which a format is recognised."""


class ByteSource:
    """Unpacked bytes of a stream, read forwards.

    Raises: InputError, from `read`, with the place of what is truncated, damaged or a zip bomb.
    """

    def __init__(self, stream: BinaryIO, options: ReadOptions) -> None:
        self._packed = _CountingStream(stream)
        start = self._packed.peek(4)
        found = next((name for magic, name in MAGIC.items() if start.startswith(magic)), "plain")
        if options.compression is not None and options.compression != found:
            hint = f"it looks like {found}; leave the compression to be found out"
            raise InputError([Fault("", f"not a {options.compression} file, as was said", hint)])
        self.compression = found
        inner: Any = self._packed
        if found != "plain":
            inner = pa.CompressedInputStream(pa.PythonFile(self._packed, "r"), found)
        self._inner = inner
        self._ahead = b""
        self.taken = 0

    @property
    def packed_bytes(self) -> int:
        """Bytes taken from the file itself, for a progress bar."""
        return self._packed.taken

    def peek(self, size: int = LOOKED_AT) -> bytes:
        """The next bytes, which stay to be read; fewer at the end."""
        while len(self._ahead) < size and (more := self._more(size)):
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """The next bytes, as many as come at once; none at the end."""
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            return ahead
        return self._more(size)

    def blocks(self) -> Iterator[bytes]:
        """All that is left."""
        while block := self.read():
            yield block

    def _more(self, size: int) -> bytes:
        try:
            data = bytes(self._inner.read(size if self.compression == "plain" else min(size, UNPACKED_BYTES)))
        except (OSError, pa.ArrowException) as error:
            if self.compression == "plain":
                raise
            what = "ends too early" if "runcated" in str(error) else "is damaged"
            place = f"after byte {self._packed.taken:,} ({self.taken:,} unpacked)"
            raise InputError([Fault("", f"the {self.compression} file {what} {place}", "send it again")]) from None
        self.taken += len(data)
        if self.taken > BOMB_BYTES and self.taken > BOMB_RATIO * self._packed.taken:
            place = f"at byte {self._packed.taken:,}"
            raise InputError([Fault("", f"unpacks to more than {BOMB_RATIO} times its size {place}", "no table does")])
        return data


class _CountingStream:
    """A stream that counts what is taken of it, in the form that Arrow reads from."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._ahead, self.taken = stream, b"", 0

    def peek(self, size: int) -> bytes:
        while len(self._ahead) < size and (more := self._stream.read(size - len(self._ahead))):
            self._ahead += more
        return self._ahead

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        ahead, self._ahead = self._ahead[:size], self._ahead[size:]
        data = ahead + self._stream.read(size - len(ahead)) if len(ahead) < size else ahead
        self.taken += len(data)
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """The stream belongs to whoever opened it."""


def format_of(source: ByteSource, options: ReadOptions) -> Format:
    """The format that was stated, if the file can be that, or the one it looks like.

    Raises: InputError for what is neither.
    """
    start = source.peek()
    found = _looks_like(start)
    if options.format is None or found == options.format:
        return found
    if found in ("csv", "tsv") and options.format in ("csv", "tsv"):
        return options.format
    hint = f"it looks like {found}; leave the format to be found out"
    raise InputError([Fault("", f"not a {options.format} file, as was said", hint)])


def _looks_like(start: bytes) -> Format:
    if start.startswith(PARQUET):
        return "parquet"
    if start.startswith(UTF16_MARKS):
        raise InputError([Fault("", "UTF-16 text, which is not read", "save it as UTF-8")])
    text = start.removeprefix(UTF8_MARK).lstrip()
    if not text:
        raise InputError([Fault("", "the file is empty")])
    if b"\x00" in text:
        raise InputError([Fault("", "neither text nor Parquet", "send NDJSON, CSV, TSV or Parquet")])
    if text.startswith(b"{"):
        return "ndjson"
    if text.startswith(b"["):
        raise InputError([Fault("", "a JSON list", "send one summary a line, without brackets around them")])
    header = text.partition(b"\n")[0]
    return "tsv" if header.count(b"\t") > max(header.count(b","), header.count(b";")) else "csv"
