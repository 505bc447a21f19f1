"""The evaluator agrees with the same criteria as SQL, on rows read from a file."""

import subprocess
import sys
from pathlib import Path

from schemas.trials.library import load_library

ROOT = Path(__file__).parents[2]


def test_sql_gives_the_same_verdicts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.registry.against_sql", str(tmp_path)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[:5_000]
    assert finished.stdout.startswith(f"{len(load_library().trials)} trials agree")
