"""A registry: screen a file or an Arrow table for trials on this machine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, TypedDict, Unpack

import pyarrow as pa

from registry.options import ReadOptions
from registry.read.chunk import Chunk, RowFault
from registry.read.read_chunks import chunks_of, chunks_of_arrow
from registry.read.source import ByteSource
from registry.screen.export import result_table
from registry.screen.parallel import processes_for, screen_chunks
from registry.screen.results import ChunkResult
from registry.screen.screen_chunk import screen_rows
from registry.screen.totals import ScreenTotals
from schemas.inputs.faults import InputError
from trialmatch.extras import require
from trialmatch.one_patient import FilePath, Trials, trials_of


class ArrowStream(Protocol):
    """Data that exports the Arrow C stream interface: a table of pyarrow, Polars, pandas or DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


Registry: TypeAlias = FilePath | ArrowStream | pa.Table | pa.RecordBatchReader


class ScreenOptions(TypedDict, total=False):
    """How to read a registry; each option is described in docs/registry.md and named like that of the command."""

    format: Literal["ndjson", "csv", "tsv", "parquet"]
    compression: Literal["plain", "gzip", "zstd"]
    delimiter: str
    decimal: Literal[".", ","]
    mapping: Mapping[str, str | Mapping[str, Any] | None]
    long: bool
    assume_complete: Sequence[str]
    notes: str
    deidentified: bool
    as_of: int
    missing: Sequence[str]
    ignore_unmapped: bool


@dataclass(frozen=True)
class Screening:
    """The result of a screening.

    `verdicts`: row number, `patient_ref` and a column for each trial with eligible, possible or ineligible, as
    `trialmatch screen -o FILE` writes it. `faults`: row, path and message of every bad row. `totals`: counts and
    attrition of each trial, as `trialmatch screen --json` prints them.
    """

    verdicts: pa.Table
    faults: pa.Table
    totals: dict[str, Any]

    @cached_property
    def attrition(self) -> pa.Table:
        """How many patients each criterion removes: one row a criterion. docs/registry.md describes the columns."""
        lines = [{"trial": trial["trial"], **line} for trial in self.totals["trials"] for line in trial["attrition"]]
        return pa.Table.from_pylist(lines)


def screen(
    registry: Registry, trials: Trials = None, *, processes: int = 1, **options: Unpack[ScreenOptions]
) -> Screening:
    """Screen a registry for trials: the path of an NDJSON, CSV, TSV or Parquet file, or an Arrow table or stream.

    Every row is checked like a summary that the API takes; a bad row becomes a fault and stops nothing else. The result
    is the same as that of the command `trialmatch screen`. `processes` forks that many processes; 0 uses one a core
    where the file is large enough.

        >>> screening = trialmatch.screen("examples/registry/registry.csv")
        >>> len(screening.verdicts), len(screening.faults)
        (20, 0)
        >>> screening.verdicts.column("NCT03244956").to_pylist().count("eligible")
        1

    Raises: InputError for a fault of the file or table itself; MissingExtra for `notes` without spaCy.
    """
    read = ReadOptions.from_json(options)
    if read.notes is not None:
        require("spacy", "Reading notes")
    chosen = trials_of(trials)
    with _chunks(registry, read, processes) as (chunks, count):
        if count == 1:  # without what `screen_chunks` does to the whole process before it forks
            return _collected(screen_rows(chunk, chosen, read) for chunk in chunks)
        return _collected(screen_chunks(chunks, chosen, read, count))


@contextmanager
def _chunks(registry: Registry, options: ReadOptions, processes: int) -> Iterator[tuple[Iterator[Chunk], int]]:
    """Open a registry; yield its chunks, and how many processes to screen them with."""
    if not isinstance(registry, str | PathLike):
        reader = pa.RecordBatchReader.from_stream(registry)
        yield chunks_of_arrow(reader, options), processes or 1
        return
    path = Path(registry)
    try:
        with path.open("rb") as file:
            source = ByteSource(file, options)
            yield chunks_of(source, options), processes or processes_for(source, path.stat().st_size)
    except InputError as error:
        raise error.placed(str(path)) from None


def _collected(results: Iterable[ChunkResult]) -> Screening:
    totals, tables = ScreenTotals(), []
    faults: list[RowFault] = []
    for result in results:
        totals.add(result)
        tables.append(result_table(result))
        faults.extend(result.faults)
    return Screening(pa.concat_tables(tables), _fault_table(faults), totals.to_json())


def _fault_table(faults: Sequence[RowFault]) -> pa.Table:
    columns = {
        "row": pa.array([fault.row for fault in faults], pa.int64()),
        "path": pa.array([fault.path for fault in faults], pa.string()),
        "message": pa.array([fault.message for fault in faults], pa.string()),
    }
    return pa.table(columns)
