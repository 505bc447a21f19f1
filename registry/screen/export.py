"""Stream the results or the errors of many chunks as one file."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from matching.verdict import VERDICT_OF
from registry.decode.table_header import REFERENCE
from registry.read.chunk import RowFault
from registry.screen.results import ROW_COLUMN, ChunkResult
from verdicts.match_schema import NOTICE

RESULT_FORMATS = ("parquet", "ndjson", "csv")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Source: OWASP, CSV injection: spreadsheets run a cell that starts with any of these as a formula."""

VERDICT_NAMES = pa.array([VERDICT_OF[truth] for truth in sorted(VERDICT_OF)])


def escape_formula(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def result_table(result: ChunkResult) -> pa.Table:
    """Return row number, patient reference, and the verdict of each trial as a word; the metadata has the versions."""
    words = [pa.DictionaryArray.from_arrays(pa.array(trial.verdicts + 1), VERDICT_NAMES) for trial in result.trials]
    columns = [pa.array(result.numbers), result.references, *words]
    names = [ROW_COLUMN, REFERENCE, *(trial.id for trial in result.trials)]
    return pa.Table.from_arrays(columns, names=names, metadata=_metadata(result))


def write_results(results: Iterable[ChunkResult], kind: str, out: BinaryIO) -> None:
    """Write every matched row of all chunks, which must have the same trials."""
    if kind == "parquet":
        _write_parquet(results, out)
        return
    for part in stream_results(results, kind):
        out.write(part)


def stream_results(results: Iterable[ChunkResult], kind: str) -> Iterator[bytes]:
    """Yield the file of `write_results` in parts.

    Raises: ValueError for an unknown format.
    """
    if kind == "parquet":
        yield from _parquet_parts(results)
    elif kind == "ndjson":
        for result in results:
            yield _ndjson(result)
    elif kind == "csv":
        for place, result in enumerate(results):
            yield _csv(result, header=place == 0)
    else:
        raise ValueError(f"the format must be one of {', '.join(RESULT_FORMATS)}")


def _metadata(result: ChunkResult) -> dict[str, str]:
    return {
        "notice": NOTICE,
        "assumed_complete": json.dumps(list(result.assumed)),
        "trial_versions": json.dumps(result.versions, sort_keys=True),
    }


def _write_parquet(results: Iterable[ChunkResult], out: Any) -> None:
    writer: parquet.ParquetWriter | None = None
    try:
        for result in results:
            table = result_table(result)
            writer = writer or _parquet_writer(out, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _parquet_writer(out: Any, schema: pa.Schema) -> parquet.ParquetWriter:
    # References never repeat, so dictionary-encoding them only costs time.
    words = [name for name in schema.names if name not in (ROW_COLUMN, REFERENCE)]
    return parquet.ParquetWriter(
        out, schema, compression="zstd", compression_level=1, use_dictionary=words, write_statistics=False
    )


class _DrainedSink(io.RawIOBase):
    """An in-memory sink that is drained after each write."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self._position += len(data)
        return len(data)

    def drain(self) -> bytes:
        """Return and forget the bytes written since the last call."""
        data, self.parts = b"".join(self.parts), []
        return data


def _parquet_parts(results: Iterable[ChunkResult]) -> Iterator[bytes]:
    sink = _DrainedSink()
    writer: parquet.ParquetWriter | None = None
    for result in results:
        table = result_table(result)
        writer = writer or _parquet_writer(sink, table.schema)
        writer.write_table(table)
        yield sink.drain()
    if writer is not None:
        writer.close()
    yield sink.drain()


def _csv(result: ChunkResult, header: bool) -> bytes:
    """Only the headers are escaped: references start with a letter or digit, and verdicts are words."""
    table = result_table(result)
    out = pa.BufferOutputStream()
    names = [escape_formula(name) for name in table.column_names]
    columns = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    if result.assumed:
        columns.append(pa.array(["; ".join(result.assumed)] * len(table), pa.string()))
        names.append("assumed_complete")
    options = arrow_csv.WriteOptions(include_header=header, quoting_style="needed")
    arrow_csv.write_csv(pa.Table.from_arrays(columns, names=names), out, options)
    return bytes(out.getvalue())


def _ndjson(result: ChunkResult) -> bytes:
    """Write one line per patient: the verdict of each trial."""
    versions = result.versions
    columns = [trial.verdicts.tolist() for trial in result.trials]
    names = list(versions)
    words = {int(truth): word for truth, word in VERDICT_OF.items()}
    assumed = {"assumed_complete": list(result.assumed)} if result.assumed else {}
    lines = []
    rows = zip(result.numbers.tolist(), result.references.to_pylist(), *columns, strict=True)
    for number, reference, *verdicts in rows:
        verdict_of = {name: words[verdict] for name, verdict in zip(names, verdicts, strict=True)}
        lines.append(json.dumps({ROW_COLUMN: number, REFERENCE: reference, "verdicts": verdict_of, **assumed}))
    return "".join(f"{line}\n" for line in lines).encode()


def stream_errors(faults: Iterable[RowFault]) -> Iterator[bytes]:
    """Yield the errors file as CSV: row, path and message, never a value."""
    yield b"row,path,message\n"
    for fault in faults:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(
            [fault.row, escape_formula(fault.path), escape_formula(fault.message)]
        )
        yield out.getvalue().encode()
