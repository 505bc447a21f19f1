"""CSV and TSV: blocks of text as columns of distinct cells, and the rows that have too many or too few."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from registry.decode.headers import bind
from registry.limits import MAX_COLUMNS, MAX_LINE_BYTES
from registry.options import DELIMITERS, ReadOptions
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from registry.read.text_blocks import NEWLINE, QUOTE, TextBlock, blocks
from registry.screen.row_faults import RowFault
from schemas.inputs.faults import Fault, InputError

PARSED_BYTES = MAX_LINE_BYTES + 4096
"""Parsed at a time: more falls out of the processor's cache, and takes twice as long (measured)."""

DISTINCT = pa.dictionary(pa.int32(), pa.string())


@dataclass
class DelimitedFile:
    """A header, and how the rows below it are parsed."""

    names: list[str]
    delimiter: str
    plain: frozenset[int]
    rows: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def piece(self, block: TextBlock) -> RowBatch:
        """The rows of a block.

        Raises: InputError for what no row can be made of.
        """
        self.faults = []
        try:
            table = self._parsed(block.data, use_threads=True)
            if self.faults:
                # Threads cannot tell the numbers of the rows that were left out.
                self.faults = []
                table = self._parsed(block.data, use_threads=False)
        except pa.ArrowInvalid:
            hint = f"see the quotes; a row has at most {MAX_LINE_BYTES:,} bytes"
            raise InputError([Fault("", "rows that cannot be read", hint, block.line)]) from None
        numbers = self._numbers(table.num_rows)
        return RowBatch(table.rename_columns(self.names), numbers, self.faults)

    def _parsed(self, text: bytes, use_threads: bool) -> pa.Table:
        """The rows that have as many cells as the header, in their order; `faults` are the others."""
        places = [str(place) for place in range(len(self.names))]
        quoted = QUOTE in text
        return arrow_csv.read_csv(
            pa.py_buffer(text),
            read_options=arrow_csv.ReadOptions(column_names=places, use_threads=use_threads, block_size=PARSED_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=quoted,
                invalid_row_handler=self._ragged,
                # Where there is no quote, not to look for one saves an eighth of the time (measured).
                quote_char='"' if quoted else False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={
                    place: pa.string() if number in self.plain else DISTINCT for number, place in enumerate(places)
                },
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _numbers(self, count: int) -> "np.typing.NDArray[np.int64]":
        """The numbers of the rows that were read: the others were counted too."""
        every = np.arange(self.rows + 1, self.rows + 1 + count + len(self.faults), dtype=np.int64)
        wrong = np.array([fault.row for fault in self.faults], np.int64)
        self.rows += len(every)
        return np.setdiff1d(every, wrong, assume_unique=True) if len(wrong) else every

    def _ragged(self, row: arrow_csv.InvalidRow) -> str:
        message = f"{row.actual_columns} columns, where the header has {row.expected_columns}"
        self.faults.append(RowFault(self.rows + (row.number or 0), "", message))
        return "skip"


def read_delimited(source: ByteSource, options: ReadOptions, tabs: bool) -> Iterator[RowBatch]:
    """The rows of the file in pieces.

    Raises: InputError for a header that cannot be used, and from `blocks`.
    """
    parser: DelimitedFile | None = None
    for block in blocks(source, quoted=True):
        if parser is None:
            text, block = _header(block)
            parser = _parser(text, options, tabs)
        if block.data and not block.data.isspace():
            yield parser.piece(block)


def _header(block: TextBlock) -> tuple[str, TextBlock]:
    """The first row, and what is below it."""
    data = block.data.lstrip(b"\r\n")
    end = data.find(NEWLINE) + 1 or len(data)
    while data.count(QUOTE, 0, end) % 2:
        end = data.find(NEWLINE, end) + 1 or len(data)
    return data[:end].decode(), TextBlock(data[end:], block.line + data.count(NEWLINE, 0, end), block.start + end)


def _parser(text: str, options: ReadOptions, tabs: bool) -> DelimitedFile:
    delimiter = options.delimiter or ("\t" if tabs else max(DELIMITERS, key=text.count))
    names = header_names(text, delimiter)
    bound = bind(names, options)
    return DelimitedFile(names, delimiter, bound.plain)


def header_names(text: str, delimiter: str) -> list[str]:
    """The headers of a first row.

    Raises: InputError for more than a file may have.
    """
    if text.count(delimiter) >= MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns", line=1)])
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        raise InputError([Fault("", "the header cannot be read", "see the quotes", 1)]) from None
    return [name.strip() for name in names]
