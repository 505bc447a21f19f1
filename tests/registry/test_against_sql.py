"""The evaluator against the same criteria as SQL, over rows as they come from a file."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.registry import write_registry
from benchmarks.screen import _asked, _first_chunk
from benchmarks.sql import Query
from matching.evaluate import Program, evaluate
from registry.fast import cohort_of_raw
from registry.options import ReadOptions
from schemas.library import load_library

ROWS = 400


@pytest.mark.parametrize("first", range(0, len(load_library().trials), 6))
def test_sql_says_the_same(tmp_path: Path, first: int) -> None:
    write_registry(tmp_path / "registry.csv", ROWS, seed=first)
    cohort, _ = cohort_of_raw(_first_chunk(tmp_path / "registry.csv", ROWS), ReadOptions())
    requirements = [trial.requirement for trial in load_library().trials.values()][first : first + 6]
    _, answers = _asked(cohort, Query().statement(requirements))
    for truths, column in zip(evaluate(Program(requirements), cohort), answers, strict=True):
        said = np.where(np.ma.getmaskarray(column), 0, np.where(np.ma.getdata(column), 1, -1))
        assert said.tolist() == truths.tolist()
