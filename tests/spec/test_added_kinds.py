"""The specification of a kind that a package adds has the same answers on every engine."""

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from tests.plugins.environment import EXAMPLE, ROOT
from tests.plugins.packages import make_metadata

PROGRAM = """
from schemas.criteria.specification import added_specs
from tests.spec.engines import answers
for kind, spec in added_specs().accepted.items():
    answered = list(zip(spec.rows(), answers(spec), strict=True))
    print(kind, len(answered), [(row, found) for row, found in answered if set(found.values()) != {row[2]}])
"""


def test_every_engine_gives_the_answers_of_the_example_package(tmp_path: Path) -> None:
    config = ConfigParser()
    config.read(EXAMPLE / "setup.cfg")
    groups = {group: lines.strip().splitlines() for group, lines in config["options.entry_points"].items()}
    make_metadata(tmp_path, config["metadata"]["name"], groups)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (tmp_path, EXAMPLE, ROOT)))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("receptor 18 []\n", "")
