"""Measures a registry from file to verdicts, against parsing alone, DuckDB, and a loop over the rows.

One run measures all of them on the same file, so that the ratios do not depend on the machine.
"""

import csv
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

import numpy as np

from benchmarks.processes import cpu_of_ended_children, memory_of_family
from matching.columnar import Program, evaluate
from matching.truth import Truth
from matching.verdict import VERDICT_OF
from registry.cohort.row_fallback import read_table_row
from registry.cohort.vectorised import build_cohort
from registry.options import ReadOptions
from schemas.summary.encode_patients import cohort_of
from schemas.trials.library import load_library
from support.duckdb_sql import SqlQuery, run_statement
from support.synthetic_registry import first_chunk, write_registry

SQL_ROWS, LOOP_ROWS, START_ROWS = 100_000, 200, 10
"""Rows that SQL and the loop process, and rows of the file that measures the start of the command."""

SIZES, REPEATS = (10_000, 100_000), 5
"""Rows of smaller files that are measured too, and how often each file is read; the fastest run counts."""

SMALL_ROWS, SMALL_REPEATS = 10_000, 4
"""Small files are read several times in each turn, because the start takes ten times longer than their rows."""

SHORTEST_TIME = 0.01
"""The shortest time that can be measured. Units: microseconds a row."""

PARSE = """import sys, time, pyarrow.csv
begun, cpu = time.perf_counter(), time.process_time()
pyarrow.csv.read_csv(sys.argv[1])
print(time.perf_counter() - begun, time.process_time() - cpu)"""
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class MeasuredRun:
    """A run of a command. Units: seconds, those of all cores together, and megabytes of all processes at once."""

    seconds: float
    cpu: float
    peak_mb: float = 0.0


def measure(rows: int) -> dict[str, float]:
    """Return the figures by name. Units: in the names. docs/registry.md defines each ratio."""
    with TemporaryDirectory(prefix="trialmatch-bench-") as name:
        folder = Path(name)
        sizes = (START_ROWS, *(size for size in SIZES if size < rows), rows)
        files = {size: _registry(folder, size) for size in sizes}
        runs, parse = _in_turn(files)
        start, file = runs.pop(START_ROWS), files[rows]
        ours, duckdb = _in_sql(file)
        loop = _in_a_loop(file)
    whole, parse_seconds, parse_cpu = runs[rows], min(run.seconds for run in parse), min(run.cpu for run in parse)
    return {
        "rows": rows,
        "trials": len(load_library().trials),
        "seconds": round(whole.seconds, 2),
        "start_seconds": round(start.seconds, 2),
        "parse_seconds": round(parse_seconds, 3),
        "parse_ratio": round(whole.seconds / parse_seconds, 2),
        "parse_ratio_after_start": round((whole.seconds - start.seconds) / parse_seconds, 2),
        "cpu_seconds": round(whole.cpu, 2),
        "parse_cpu_ratio": round(whole.cpu / parse_cpu, 2),
        "duckdb_ratio": round(ours / duckdb, 3),
        "loop_ratio": round(loop * rows / whole.seconds, 1),
        "peak_mb": round(whole.peak_mb, 1),
        **_per_row(runs, start),
    }


def _per_row(runs: Mapping[int, MeasuredRun], start: MeasuredRun) -> dict[str, float]:
    """Return the microseconds a row at each size, with and without the start of the command.

    `spread`: the largest divided by the smallest; `growth`: a row of the largest file divided by one of the smallest.
    """
    ways: dict[str, Callable[[int, MeasuredRun], float]] = {
        "total": lambda rows, run: 1e6 * run.seconds / rows,
        "after_start": lambda rows, run: 1e6 * (run.seconds - start.seconds) / rows,
        "cpu_after_start": lambda rows, run: 1e6 * (run.cpu - start.cpu) / rows,
    }
    figures: dict[str, float] = {}
    for name, way in ways.items():
        # A file that is read as quickly as one of a few rows takes no measurable time.
        found = {rows: max(way(rows, run), SHORTEST_TIME) for rows, run in runs.items()}
        figures |= {f"row_microseconds_{name}_{rows}": round(time, 2) for rows, time in found.items()}
        figures[f"row_spread_{name}"] = round(max(found.values()) / min(found.values()), 2)
        figures[f"row_growth_{name}"] = round(found[max(found)] / found[min(found)], 2)
    return figures


def _registry(folder: Path, rows: int) -> Path:
    file = folder / f"{rows}.csv"
    write_registry(file, rows)
    return file


def _in_turn(files: Mapping[int, Path]) -> tuple[dict[int, MeasuredRun], list[MeasuredRun]]:
    """Return the fastest run of the command for each file, and the runs that only parse the largest.

    The runs take turns, so that other load affects all of them; the fastest counts, because load only adds time.
    """
    runs: dict[int, list[MeasuredRun]] = {size: [] for size in files}
    parse = []
    for _ in range(REPEATS):
        parse.append(_parse(files[max(files)]))
        small = [size for size in files if size <= SMALL_ROWS]
        for size in (*files, *(SMALL_REPEATS - 1) * small):
            runs[size].append(_command(files[size]))
    return {size: min(some, key=lambda run: run.seconds) for size, some in runs.items()}, parse


def _parse(file: Path) -> MeasuredRun:
    """Only parse the file, in a separate process and on all cores."""
    done = subprocess.run([sys.executable, "-c", PARSE, str(file)], check=True, capture_output=True, text=True)
    return MeasuredRun(*map(float, done.stdout.split()))


def _command(file: Path) -> MeasuredRun:
    """Run the command as a user does."""
    command = [sys.executable, "-c", "from trialmatch.cli import main; main()", "screen", str(file), "--json"]
    command += ["-o", f"{file}.parquet", "--errors", f"{file}.errors.csv"]
    begun, cpu, peak = perf_counter(), cpu_of_ended_children(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, memory_of_family(process.pid))
            sleep(POLL_SECONDS)
    if process.returncode:
        raise RuntimeError("the command failed")
    return MeasuredRun(perf_counter() - begun, cpu_of_ended_children() - cpu, peak)


def _in_sql(file: Path) -> tuple[float, float]:
    """Return the CPU seconds of the evaluator and of DuckDB for the same columns on one core.

    DuckDB's plan takes seconds and serves any number of rows, so the time for no rows is subtracted.
    Raises: ValueError where the two disagree.
    """
    cohort, _ = build_cohort(first_chunk(file, SQL_ROWS), ReadOptions())
    requirements = [trial.requirement for trial in load_library().trials.values()]
    program, statement = Program(requirements), SqlQuery().statement(requirements)
    begun = process_time()
    found = evaluate(program, cohort)
    ours = process_time() - begun
    planning, _ = run_statement(cohort.rows(0, 0), statement)
    seconds, answers = run_statement(cohort, statement)
    for truths, answer in zip(found, answers, strict=True):
        if not np.array_equal(answer, truths):
            raise ValueError("the evaluator and SQL disagree")
    return ours, max(seconds - planning, 1e-9)


def _in_a_loop(file: Path) -> float:
    """Read each row, check it as the API does, and match it. Units: seconds a row."""
    raw = first_chunk(file, LOOP_ROWS)
    program = Program([trial.requirement for trial in load_library().trials.values()])
    verdicts = []
    begun: float = perf_counter()
    with file.open(newline="") as stream:
        for row, _ in enumerate(islice(csv.DictReader(stream), raw.size)):
            patient = read_table_row(raw, row, ReadOptions())
            if isinstance(patient, dict):
                truths = evaluate(program, cohort_of([patient]))
                verdicts.append([VERDICT_OF[Truth(truth)] for truth in truths[:, 0]])
    return (perf_counter() - begun) / len(raw.numbers)
