"""Preview a registry file: its format, the fact of each column, and its first rows."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from registry.decode.table_header import place_of, target_of
from registry.options import ReadOptions
from registry.read.chunk import LINE_COLUMN
from registry.read.delimited import delimiter_of, split_names
from registry.read.parquet import first_rows
from registry.read.source import UTF8_MARK, ByteSource, detect_format


@dataclass(frozen=True)
class FilePreview:
    """The start of a file. `columns` are headers, each with its fact (None: not recognised); `rows` are cells."""

    format: str
    compression: str
    columns: tuple[tuple[str, str | None], ...]
    rows: tuple[tuple[str, ...], ...]


def preview_file(stream: BinaryIO, options: ReadOptions, rows: int = 5) -> FilePreview:
    """Read the start of a file, for a user who maps its headers; no cell is checked.

    Raises: InputError for a file from which no row can be read.
    """
    source = ByteSource(stream, options)
    kind = detect_format(source, options)
    if kind == "ndjson":
        lines = source.peek().splitlines()[:rows]
        cells = tuple((line.decode(errors="replace"),) for line in lines)
        return FilePreview(kind, source.compression, ((LINE_COLUMN, "a summary"),), cells)
    names, found = _parquet_rows(source, rows) if kind == "parquet" else _text_rows(source, options, kind, rows)
    columns = tuple((name, _fact_of(name, options)) for name in names)
    return FilePreview(kind, source.compression, columns, tuple(found))


def _fact_of(name: str, options: ReadOptions) -> str | None:
    target = target_of(name, options)
    if target.fact is None or target.fact == "note":
        return target.fact
    return target.fact if not isinstance(place_of(target.fact, options.long), str | None) else None


def _text_rows(
    source: ByteSource, options: ReadOptions, kind: str, rows: int
) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    text = source.peek().removeprefix(UTF8_MARK).decode("utf-8", "replace").lstrip()
    header = text.partition("\n")[0]
    delimiter = delimiter_of(header, options, kind == "tsv")
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(found, None)
    return split_names(header, delimiter), (tuple(row) for row in islice(found, rows) if row)


def _parquet_rows(source: ByteSource, rows: int) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    table = first_rows(source, rows)
    records: list[dict[str, Any]] = table.to_pylist()
    return table.column_names, (tuple("" if cell is None else str(cell) for cell in row.values()) for row in records)
