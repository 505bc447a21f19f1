"""Compares the evaluator with the same criteria as SQL: `python -m tests.registry.against_sql FOLDER`.

A separate process, because DuckDB's bindings print a page about leaks when a process that ran tests ends.
"""

import sys
from pathlib import Path

from matching.columnar import Program, evaluate
from registry.cohort.vectorised import build_cohort
from registry.options import ReadOptions
from schemas.trials.library import load_library
from support.duckdb_sql import SqlQuery, run_statement
from support.synthetic_registry import first_chunk, write_registry

ROWS = 400
TRIALS_AT_ONCE = 6


def compare(folder: Path, first: int) -> None:
    """Compare some trials on rows generated for them.

    Raises: AssertionError where the two differ.
    """
    write_registry(folder / "registry.csv", ROWS, seed=first)
    cohort, _ = build_cohort(first_chunk(folder / "registry.csv", ROWS), ReadOptions())
    requirements = [trial.requirement for trial in load_library().trials.values()][first : first + TRIALS_AT_ONCE]
    _, answers = run_statement(cohort, SqlQuery().statement(requirements))
    for index, (truths, answer) in enumerate(zip(evaluate(Program(requirements), cohort), answers, strict=True)):
        assert answer.tolist() == truths.tolist(), f"trial {first + index} of the library"


if __name__ == "__main__":
    for start in range(0, len(load_library().trials), TRIALS_AT_ONCE):
        compare(Path(sys.argv[1]), start)
    print(f"{len(load_library().trials)} trials agree")
