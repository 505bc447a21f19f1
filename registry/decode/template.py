"""The flat table that a registry can be written in, derived from the declared facts, and a first look at a file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO

from registry.decode.headers import REFERENCE, place_of, target_of
from registry.options import DELIMITERS, ReadOptions
from registry.read.chunk import LINE
from registry.read.delimited import header_names
from registry.read.source import UTF8_MARK, ByteSource, format_of
from schemas.summary.declared_facts import declared

RECORDS_SHOWN = 2
"""Numbered records of each list in the template; a file may have more."""


def headers(records: int = RECORDS_SHOWN, long: bool = False) -> list[str]:
    """Every column that a table may have: in long form a record has a row of its own, else a number."""
    columns = [REFERENCE, *declared().facts]
    for table in declared().tables.values():
        for number in range(1 if long else records):
            place = "" if long else f"[{number}]"
            columns.extend(f"{table.path}{place}.{fact.keys[0]}" for fact in table.facts)
    return columns


def template(records: int = RECORDS_SHOWN, long: bool = False) -> str:
    """The template as CSV: its header alone."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(headers(records, long))
    return out.getvalue()


@dataclass(frozen=True)
class FilePreview:
    """What a file looks like: its format, each column with the fact that it states (None: none), and some rows."""

    format: str
    compression: str
    columns: tuple[tuple[str, str | None], ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def unmapped(self) -> tuple[str, ...]:
        """The headers that name no fact."""
        return tuple(name for name, fact in self.columns if fact is None)


def preview(stream: BinaryIO, options: ReadOptions, rows: int = 5) -> FilePreview:
    """A first look at a file, for whoever maps its headers; nothing of it is checked.

    Raises: InputError for what no row can be read from.
    """
    source = ByteSource(stream, options)
    kind = format_of(source, options)
    if kind == "ndjson":
        lines = source.peek().splitlines()[:rows]
        shown = tuple((line.decode(errors="replace"),) for line in lines)
        return FilePreview(kind, source.compression, ((LINE, "a summary"),), shown)
    names, cells = _parquet_rows(source, rows) if kind == "parquet" else _text_rows(source, options, kind, rows)
    columns = tuple((name, _fact(name, options)) for name in names)
    return FilePreview(kind, source.compression, columns, tuple(cells))


def _fact(name: str, options: ReadOptions) -> str | None:
    target = target_of(name, options)
    if target.fact is None or target.fact == "note":
        return target.fact
    return target.fact if not isinstance(place_of(target.fact, options.long), str | None) else None


def _text_rows(
    source: ByteSource, options: ReadOptions, kind: str, rows: int
) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    text = source.peek().removeprefix(UTF8_MARK).decode("utf-8", "replace").lstrip()
    first = text.partition("\n")[0]
    delimiter = options.delimiter or ("\t" if kind == "tsv" else max(DELIMITERS, key=first.count))
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    next(found, None)
    return header_names(first, delimiter), (tuple(row) for row in islice(found, rows) if row)


def _parquet_rows(source: ByteSource, rows: int) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    from registry.read.parquet import first_rows

    table = first_rows(source, rows)
    shown: list[dict[str, Any]] = table.to_pylist()
    return table.column_names, (tuple("" if cell is None else str(cell) for cell in row.values()) for row in shown)
