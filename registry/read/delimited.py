"""Parse CSV and TSV into dictionary-encoded columns, and report rows with too many or too few cells."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from registry.decode.table_header import bind_header
from registry.limits import MAX_COLUMNS, MAX_LINE_BYTES, PARSE_BYTES
from registry.options import DELIMITERS, ReadOptions
from registry.read.chunk import RowFault
from registry.read.row_batches import RowBatch
from registry.read.source import ByteSource
from registry.read.text_blocks import NEWLINE, QUOTE, TextBlock, read_text_blocks
from schemas.inputs.faults import Fault, InputError

ENCODED_TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass
class DelimitedFile:
    """The header of a file and how its rows are parsed.

    `unencoded` are the columns that are not dictionary-encoded, `rows` is the number of rows parsed so far, and
    `faults` are those of the block that is being parsed.
    """

    names: list[str]
    delimiter: str
    unencoded: frozenset[int]
    rows: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def parse(self, block: TextBlock) -> RowBatch:
        """Parse the rows of a block.

        Raises: InputError for text that cannot be parsed as rows.
        """
        self.faults = []
        try:
            table = self._parse_table(block.data, use_threads=True)
            if self.faults:
                # Arrow gives the numbers of skipped rows only without threads.
                self.faults = []
                table = self._parse_table(block.data, use_threads=False)
        except pa.ArrowInvalid:
            hint = f"check the quotes from this line on; a row has at most {MAX_LINE_BYTES:,} bytes"
            raise InputError([Fault("", "rows that cannot be read", hint, block.line)]) from None
        numbers = self._take_numbers(table.num_rows)
        return RowBatch(table.rename_columns(self.names), numbers, self.faults)

    def _parse_table(self, text: bytes, use_threads: bool) -> pa.Table:
        """Return the rows with as many cells as the header, in order; the other rows are added to `faults`."""
        places = [str(place) for place in range(len(self.names))]
        quoted = QUOTE in text
        return arrow_csv.read_csv(
            pa.py_buffer(text),
            read_options=arrow_csv.ReadOptions(column_names=places, use_threads=use_threads, block_size=PARSE_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.delimiter,
                newlines_in_values=quoted,
                invalid_row_handler=self._skip_ragged_row,
                # Disabling quotes in text without any saves an eighth of the time (measured).
                quote_char='"' if quoted else False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={
                    place: pa.string() if number in self.unencoded else ENCODED_TEXT
                    for number, place in enumerate(places)
                },
                strings_can_be_null=True,
                null_values=[""],
            ),
        )

    def _take_numbers(self, count: int) -> NDArray[np.int64]:
        """Return the numbers of the rows that were read; skipped rows are counted too."""
        numbers = np.arange(self.rows + 1, self.rows + 1 + count + len(self.faults), dtype=np.int64)
        skipped = np.array([fault.row for fault in self.faults], np.int64)
        self.rows += len(numbers)
        return np.setdiff1d(numbers, skipped, assume_unique=True) if len(skipped) else numbers

    def _skip_ragged_row(self, row: arrow_csv.InvalidRow) -> str:
        message = f"{row.actual_columns} cells, but the header has {row.expected_columns} columns"
        self.faults.append(RowFault(self.rows + (row.number or 0), "", message))
        return "skip"


def read_delimited(source: ByteSource, options: ReadOptions, tabs: bool) -> Iterator[RowBatch]:
    """Yield the rows of the file in batches.

    Raises: InputError for a header that cannot be used, and from `read_text_blocks`.
    """
    parser: DelimitedFile | None = None
    for block in read_text_blocks(source, quoted=True):
        if parser is None:
            header, block = _split_header(block)
            parser = _parser_of(header, options, tabs)
        if block.data and not block.data.isspace():
            yield parser.parse(block)


def _split_header(block: TextBlock) -> tuple[str, TextBlock]:
    """Return the first row, and the rows below it."""
    data = block.data.lstrip(b"\r\n")
    end = data.find(NEWLINE) + 1 or len(data)
    while data.count(QUOTE, 0, end) % 2:
        end = data.find(NEWLINE, end) + 1 or len(data)
    return data[:end].decode(), TextBlock(data[end:], block.line + data.count(NEWLINE, 0, end), block.start + end)


def _parser_of(header: str, options: ReadOptions, tabs: bool) -> DelimitedFile:
    delimiter = delimiter_of(header, options, tabs)
    names = split_names(header, delimiter)
    return DelimitedFile(names, delimiter, bind_header(names, options).unencoded)


def delimiter_of(header: str, options: ReadOptions, tabs: bool) -> str:
    return options.delimiter or ("\t" if tabs else max(DELIMITERS, key=header.count))


def split_names(header: str, delimiter: str) -> list[str]:
    """Return the column names of a header.

    Raises: InputError for more columns than a file may have.
    """
    if header.count(delimiter) >= MAX_COLUMNS:
        raise InputError([Fault("", f"more than {MAX_COLUMNS:,} columns", line=1)])
    try:
        names = next(csv.reader(io.StringIO(header, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        raise InputError([Fault("", "the header cannot be read", "check the quotes in the first line", 1)]) from None
    return [name.strip() for name in names]
