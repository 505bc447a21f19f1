"""The evaluator against the same criteria as SQL, over rows as they come from a file."""

import subprocess
import sys
from pathlib import Path

from schemas.trials.library import load_library

ROOT = Path(__file__).parents[2]


def test_sql_says_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.registry.against_sql", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:5_000]
    assert done.stdout.startswith(f"{len(load_library().trials)} trials agree")
