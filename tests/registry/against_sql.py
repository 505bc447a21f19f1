"""The evaluator beside the same criteria as SQL, in a process of its own.

`python -m tests.registry.against_sql FOLDER`. DuckDB's bindings write a page about leaks when a process that ran tests
ends, behind the last line of the tests.
"""

import sys
from pathlib import Path

import numpy as np

from benchmarks.registry import write_registry
from benchmarks.screen import _asked, _first_chunk
from benchmarks.sql import SqlQuery
from matching.columnar import Program, evaluate
from registry.cohort.vectorised import cohort_of_raw
from registry.options import ReadOptions
from schemas.trials.library import load_library

ROWS = 400
TOGETHER = 6


def compare(folder: Path, first: int) -> None:
    """Six trials, on rows of their own.

    Raises: AssertionError where the two differ.
    """
    write_registry(folder / "registry.csv", ROWS, seed=first)
    cohort, _ = cohort_of_raw(_first_chunk(folder / "registry.csv", ROWS), ReadOptions())
    requirements = [trial.requirement for trial in load_library().trials.values()][first : first + TOGETHER]
    _, answers = _asked(cohort, SqlQuery().statement(requirements))
    for place, (truths, column) in enumerate(zip(evaluate(Program(requirements), cohort), answers, strict=True)):
        said = np.where(np.ma.getmaskarray(column), 0, np.where(np.ma.getdata(column), 1, -1))
        assert said.tolist() == truths.tolist(), f"trial {first + place} of the library"


if __name__ == "__main__":
    for start in range(0, len(load_library().trials), TOGETHER):
        compare(Path(sys.argv[1]), start)
    print(f"{len(load_library().trials)} trials agree")
