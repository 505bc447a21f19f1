"""How long a registry takes from file to verdicts, against what is the least, what is usual and what is obvious.

One run measures all of it on the same file, so that the ratios hold on any machine.
"""

import csv
import subprocess
import sys
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep
from typing import Any

import numpy as np

from benchmarks.registry import write_registry
from benchmarks.sql import Query, database
from matching.cohort import Cohort
from matching.evaluate import Program, evaluate
from matching.truth import Truth
from registry.chunk import Chunk
from registry.fast import cohort_of_raw
from registry.options import ReadOptions
from registry.raw import raw_of
from registry.reading import read_chunks
from registry.summaries import read_raw_row
from schemas.columns import cohort_of
from schemas.library import load_library
from schemas.verdict import VERDICTS

IN_SQL, IN_LOOP, FOR_START = 100_000, 200, 10
"""Rows of the parts that are measured on some of the file: SQL, the loop, and the start of the command."""

PARSE = """import sys, time, pyarrow.csv
begun, cpu = time.perf_counter(), time.process_time()
pyarrow.csv.read_csv(sys.argv[1])
print(time.perf_counter() - begun, time.process_time() - cpu)"""
LOOK_SECONDS = 0.05


def measure(rows: int) -> dict[str, float]:
    """The figures by name. Units: in the names. See docs/registry.md for what each ratio is of."""
    with TemporaryDirectory(prefix="trialmatch-bench-") as folder:
        file, few = Path(folder) / "registry.csv", Path(folder) / "few.csv"
        write_registry(file, rows)
        write_registry(few, FOR_START)
        parse = [_parse(file)]
        start, start_cpu, _ = _command(few)
        seconds, cpu, peak = _command(file)
        parse.append(_parse(file))
        ours, duckdb = _in_sql(file)
        loop = _in_a_loop(file)
    work, parse_seconds, parse_cpu = seconds - start, min(one for one, _ in parse), min(one for _, one in parse)
    return {
        "rows": rows,
        "trials": len(load_library().trials),
        "seconds": round(seconds, 2),
        "start_seconds": round(start, 2),
        "parse_seconds": round(parse_seconds, 3),
        "us_per_row": round(1e6 * work / rows, 2),
        "parse_ratio": round(seconds / parse_seconds, 2),
        "parse_ratio_after_start": round(work / parse_seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "parse_cpu_ratio": round(cpu / parse_cpu, 2),
        "cpu_us_per_row": round(1e6 * (cpu - start_cpu) / rows, 2),
        "duckdb_ratio": round(ours / duckdb, 3),
        "loop_ratio": round(loop * rows / seconds, 1),
        "peak_mb": round(peak, 1),
    }


def _parse(file: Path) -> tuple[float, float]:
    """Merely parsing, in a process of its own and on all cores: seconds, and those of all cores together."""
    done = subprocess.run([sys.executable, "-c", PARSE, str(file)], check=True, capture_output=True, text=True)
    seconds, cpu = done.stdout.split()
    return float(seconds), float(cpu)


def _command(file: Path) -> tuple[float, float, float]:
    """The command as anyone calls it: seconds, those of all cores together, and the most memory of all processes."""
    command = [sys.executable, "-c", "from service.cli import main; main()", "screen", str(file), "--json"]
    command += ["-o", f"{file}.parquet", "--errors", f"{file}.errors.csv"]
    begun, cpu, peak = perf_counter(), _cpu_seconds(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(_memory_mb(one) for one in _family(process.pid)))
            sleep(LOOK_SECONDS)
    if process.returncode:
        raise RuntimeError("the command failed")
    return perf_counter() - begun, _cpu_seconds() - cpu, peak


def _cpu_seconds() -> float:
    """Of all processes that this one began and that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _family(pid: int) -> list[int]:
    """The process and those that it began."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(other for child in below for other in _family(int(child)))]


def _memory_mb(pid: int) -> float:
    """A page that several processes share counts in part for each, so that the sum is true."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _first_chunk(file: Path, rows: int) -> Any:
    with file.open("rb") as stream:
        payload = next(read_chunks(stream, ReadOptions(), rows))
    return raw_of(Chunk.from_bytes(payload), ReadOptions())


def _in_sql(file: Path) -> tuple[float, float]:
    """Verdicts from the same columns on one core: the processor's seconds of the evaluator, and of DuckDB.

    DuckDB's plan takes seconds and serves any number of rows, so the time for no rows is taken off.
    Raises: ValueError where the two disagree.
    """
    cohort, _ = cohort_of_raw(_first_chunk(file, IN_SQL), ReadOptions())
    requirements = [trial.requirement for trial in load_library().trials.values()]
    program, statement = Program(requirements), Query().statement(requirements)
    begun = process_time()
    found = evaluate(program, cohort)
    ours = process_time() - begun
    planning, _ = _asked(cohort.rows(0, 0), statement)
    seconds, answers = _asked(cohort, statement)
    for truths, column in zip(found, answers, strict=True):
        said = np.where(np.ma.getmaskarray(column), 0, np.where(np.ma.getdata(column), 1, -1))
        if not np.array_equal(said, truths):
            raise ValueError("the evaluator and SQL disagree")
    return ours, max(seconds - planning, 1e-9)


def _asked(cohort: Cohort, statement: str) -> tuple[float, list[Any]]:
    """The seconds of a statement, and its columns."""
    connection = database(cohort)
    begun = process_time()
    answers = connection.execute(statement).fetchnumpy()
    seconds = process_time() - begun
    connection.close()
    return seconds, list(answers.values())


def _in_a_loop(file: Path) -> float:
    """One row after the other: read, checked as the API does, and matched. Units: seconds a row."""
    raw = _first_chunk(file, IN_LOOP)
    program = Program([trial.requirement for trial in load_library().trials.values()])
    verdicts = []
    begun: float = perf_counter()
    with file.open(newline="") as stream:
        for row, _ in enumerate(islice(csv.DictReader(stream), raw.size)):
            patient = read_raw_row(raw, row, ReadOptions())
            if isinstance(patient, dict):
                truths = evaluate(program, cohort_of([patient]))
                verdicts.append([VERDICTS[Truth(truth)] for truth in truths[:, 0]])
    return (perf_counter() - begun) / len(raw.numbers)
