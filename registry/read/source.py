"""Detect compression and format, decompress lazily, and reject decompression bombs."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa

from registry.limits import (
    BLOCK_BYTES,
    DECOMPRESSED_BYTES,
    FORMAT_DETECTION_BYTES,
    MAX_COMPRESSION_RATIO,
    MIN_BOMB_BYTES,
)
from registry.options import Compression, Format, ReadOptions
from schemas.inputs.faults import Fault, InputError

COMPRESSION_MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""Source: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1."""

PARQUET_MAGIC = b"PAR1"
UTF8_MARK, UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


class ByteSource:
    """The decompressed bytes of a stream, read forwards.

    Raises: InputError, from `read`, for a file that is truncated, damaged or a decompression bomb, with the position.
    """

    def __init__(self, stream: BinaryIO, options: ReadOptions) -> None:
        self._file = _CountingStream(stream)
        start = self._file.peek(4)
        found = next((name for magic, name in COMPRESSION_MAGIC.items() if start.startswith(magic)), "plain")
        if options.compression is not None and options.compression != found:
            hint = f"it looks like {found}; omit the compression to have it detected"
            raise InputError([Fault("", f"not a {options.compression} file", hint)])
        self.compression = found
        inner: Any = self._file
        if found != "plain":
            inner = pa.CompressedInputStream(pa.PythonFile(self._file, "r"), found)
        self._inner = inner
        self._peeked = b""
        self._decompressed_bytes = 0

    @property
    def file_bytes_read(self) -> int:
        """Bytes read from the file itself, for a progress bar."""
        return self._file.bytes_read

    def peek(self, size: int = FORMAT_DETECTION_BYTES) -> bytes:
        """Return the next bytes without consuming them; fewer at the end."""
        while len(self._peeked) < size and (more := self._read_more(size)):
            self._peeked += more
        return self._peeked[:size]

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        """Return the next bytes, as many as are ready; none at the end."""
        if self._peeked:
            peeked, self._peeked = self._peeked, b""
            return peeked
        return self._read_more(size)

    def blocks(self) -> Iterator[bytes]:
        """Yield all remaining bytes."""
        while block := self.read():
            yield block

    def _read_more(self, size: int) -> bytes:
        try:
            data = bytes(self._inner.read(size if self.compression == "plain" else min(size, DECOMPRESSED_BYTES)))
        except (OSError, pa.ArrowException) as error:
            if self.compression == "plain":
                raise
            fault = "ends too early" if "runcated" in str(error) else "is damaged"
            place = f"after byte {self._file.bytes_read:,} ({self._decompressed_bytes:,} decompressed)"
            raise InputError([Fault("", f"the {self.compression} file {fault} {place}", "send it again")]) from None
        self._decompressed_bytes += len(data)
        if self._decompressed_bytes > max(MIN_BOMB_BYTES, MAX_COMPRESSION_RATIO * self._file.bytes_read):
            message = f"decompresses to more than {MAX_COMPRESSION_RATIO} times its size"
            hint = "no registry compresses this well: send the file uncompressed"
            raise InputError([Fault("", f"{message} at byte {self._file.bytes_read:,}", hint)])
        return data


class _CountingStream:
    """A stream that counts the bytes read from it, in the form that Arrow reads from."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._peeked, self.bytes_read = stream, b"", 0

    def peek(self, size: int) -> bytes:
        while len(self._peeked) < size and (more := self._stream.read(size - len(self._peeked))):
            self._peeked += more
        return self._peeked

    def read(self, size: int = BLOCK_BYTES) -> bytes:
        peeked, self._peeked = self._peeked[:size], self._peeked[size:]
        data = peeked + self._stream.read(size - len(peeked)) if len(peeked) < size else peeked
        self.bytes_read += len(data)
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Leave the stream open: it belongs to the caller."""


def detect_format(source: ByteSource, options: ReadOptions) -> Format:
    """Return the requested format, if the first bytes allow it, or else the detected format.

    Raises: InputError for a file of another format, or of none.
    """
    found = _detect_format(source.peek())
    if options.format is None or found == options.format:
        return found
    if found in ("csv", "tsv") and options.format in ("csv", "tsv"):
        return options.format
    hint = f"it looks like {found}; omit the format to have it detected"
    raise InputError([Fault("", f"not a {options.format} file", hint)])


def _detect_format(start: bytes) -> Format:
    if start.startswith(PARQUET_MAGIC):
        return "parquet"
    if start.startswith(UTF16_MARKS):
        raise InputError([Fault("", "the file is UTF-16 text", "save it as UTF-8; in Excel: Save as, CSV UTF-8")])
    text = start.removeprefix(UTF8_MARK).lstrip()
    if not text:
        raise InputError([Fault("", "the file is empty")])
    if b"\x00" in text:
        raise InputError([Fault("", "neither text nor Parquet", "send NDJSON, CSV, TSV or Parquet")])
    if text.startswith(b"{"):
        return "ndjson"
    if text.startswith(b"["):
        raise InputError([Fault("", "a JSON list", "send one summary per line, without the brackets and commas")])
    header = text.partition(b"\n")[0]
    return "tsv" if header.count(b"\t") > max(header.count(b","), header.count(b";")) else "csv"
