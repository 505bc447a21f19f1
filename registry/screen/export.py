"""Results of many chunks as one file, streamed; and their counts put together."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from matching.verdict import ELIGIBLE, TRUTH_OF, VERDICT_OF
from registry.screen.results import REFERENCE, ROW, ChunkResult
from registry.screen.row_faults import RowFault
from verdicts.match_schema import NOTICE

RESULT_FORMATS = ("parquet", "ndjson", "csv")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Source: OWASP, CSV injection: a spreadsheet takes a cell that starts with one of these for a formula."""

VERDICT_NAMES = pa.array([VERDICT_OF[truth] for truth in sorted(VERDICT_OF)])


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def result_table(result: ChunkResult) -> pa.Table:
    """Row number, reference, and the verdict of each trial as a word."""
    words = [pa.DictionaryArray.from_arrays(pa.array(trial.verdicts + 1), VERDICT_NAMES) for trial in result.trials]
    columns = [pa.array(result.numbers), result.references, *words]
    return pa.Table.from_arrays(columns, names=[ROW, REFERENCE, *(trial.id for trial in result.trials)])


def write_results(results: Iterable[ChunkResult], kind: str, out: BinaryIO) -> None:
    """Every matched row of all chunks, which must have the same trials."""
    if kind == "parquet":
        _write_parquet(results, out)
        return
    for part in stream_results(results, kind):
        out.write(part)


def stream_results(results: Iterable[ChunkResult], kind: str) -> Iterator[bytes]:
    """The same in parts, for text formats and Parquet alike.

    Raises: ValueError for a format there is not.
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
        raise ValueError("no such format of results")


def _about(result: ChunkResult) -> dict[str, str]:
    return {
        "notice": NOTICE,
        "assumed_complete": json.dumps(list(result.assumed)),
        "trial_versions": json.dumps(result.versions, sort_keys=True),
    }


def _write_parquet(results: Iterable[ChunkResult], out: Any) -> None:
    writer: parquet.ParquetWriter | None = None
    try:
        for result in results:
            table = result_table(result).replace_schema_metadata(_about(result))
            writer = writer or _parquet_writer(out, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _parquet_writer(out: Any, schema: pa.Schema) -> parquet.ParquetWriter:
    # References never repeat, so that gathering them in a dictionary would only cost time.
    words = [name for name in schema.names if name not in (ROW, REFERENCE)]
    return parquet.ParquetWriter(
        out, schema, compression="zstd", compression_level=1, use_dictionary=words, write_statistics=False
    )


class _ParquetParts(io.RawIOBase):
    """A file that is taken away as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self._place = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        self._place += len(data)
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        data, self.parts = b"".join(self.parts), []
        return data


def _parquet_parts(results: Iterable[ChunkResult]) -> Iterator[bytes]:
    sink = _ParquetParts()
    writer: parquet.ParquetWriter | None = None
    for result in results:
        table = result_table(result).replace_schema_metadata(_about(result))
        writer = writer or _parquet_writer(sink, table.schema)
        writer.write_table(table)
        yield sink.taken()
    if writer is not None:
        writer.close()
    yield sink.taken()


def _csv(result: ChunkResult, header: bool) -> bytes:
    """References start with a letter or digit and verdicts are words, so the headers alone need a guard."""
    table = result_table(result)
    out = pa.BufferOutputStream()
    names = [guarded(name) for name in table.column_names]
    plain = [column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column for column in table.columns]
    if result.assumed:
        plain.append(pa.array(["; ".join(result.assumed)] * len(table), pa.string()))
        names.append("assumed_complete")
    options = arrow_csv.WriteOptions(include_header=header, quoting_style="needed")
    arrow_csv.write_csv(pa.Table.from_arrays(plain, names=names), out, options)
    return bytes(out.getvalue())


def _ndjson(result: ChunkResult) -> bytes:
    """One line a patient: the trials under each verdict."""
    versions = result.versions
    columns = [trial.verdicts.tolist() for trial in result.trials]
    names = list(versions)
    words = {int(truth): word for truth, word in VERDICT_OF.items()}
    assumed = {"assumed_complete": list(result.assumed)} if result.assumed else {}
    lines = []
    rows = zip(result.numbers.tolist(), result.references.to_pylist(), *columns, strict=True)
    for number, reference, *verdicts in rows:
        verdict_of = {name: words[verdict] for name, verdict in zip(names, verdicts, strict=True)}
        lines.append(json.dumps({ROW: number, REFERENCE: reference, "verdicts": verdict_of, **assumed}))
    return "".join(f"{line}\n" for line in lines).encode()


def stream_errors(faults: Iterable[RowFault]) -> Iterator[bytes]:
    """The errors file as CSV: row, path and message, never a value."""
    yield b"row,path,message\n"
    for fault in faults:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow([fault.row, guarded(fault.path), guarded(fault.message)])
        yield out.getvalue().encode()


def who_matches(results: Iterable[ChunkResult], trial_id: str, verdict: str = ELIGIBLE) -> Iterator[tuple[int, str]]:
    """Row and reference of every patient with this verdict for a trial."""
    truth = TRUTH_OF[verdict]
    for result in results:
        for trial in result.trials:
            if trial.id == trial_id:
                chosen = (trial.verdicts == truth).nonzero()[0]
                references = result.references.take(pa.array(chosen)).to_pylist()
                yield from zip(result.numbers[chosen].tolist(), references, strict=True)
