"""`trialmatch demo` and `up`: the real stack from the command line, which leaves no process behind."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from trialmatch.cli import demo

pytestmark = pytest.mark.stack

TRIALMATCH = (str(Path(sys.executable).with_name("trialmatch")),)


def of_this_test(mark: str) -> list[str]:
    """The command lines of processes whose environment has this mark."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
        except OSError:  # the process has ended
            continue
    return found


def test_the_demo_shows_every_example_in_a_pipe_and_leaves_no_process() -> None:
    mark = uuid4().hex
    done = subprocess.run(
        [*TRIALMATCH, "demo"], env=os.environ | {"MARK": mark}, capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, done.stderr
    examples = sorted(demo.EXAMPLES.glob("*.json"))
    references = [json.loads(file.read_text())["patient_ref"] for file in examples]
    assert len(references) >= 4
    assert re.findall(r"^Patient (\S+)$", done.stdout, re.MULTILINE) == references
    assert {"eligible", "possible", "ineligible"} <= set(done.stdout.split())
    for kind in ("met:", "not met:", "missing:"):
        assert kind in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert of_this_test(mark) == []


def test_the_demo_as_json_is_one_result_a_patient(tmp_path: Path) -> None:
    example = demo.EXAMPLES / "medullary.json"
    command = [*TRIALMATCH, "demo", str(example), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    results = json.loads(done.stdout)
    assert [(result["patient"], result["state"]) for result in results] == [("EX-004", "matched")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_up_serves_refuses_a_second_stack_and_stops_in_order_on_a_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    mark = uuid4().hex
    env = os.environ | {"MARK": mark, "TRIALMATCH_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*TRIALMATCH, "up", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = re.search(r"runs at (http://\S+);", process.stdout.readline())
        assert address is not None
        with urlopen(f"{address[1]}/readyz", timeout=10) as answer:
            assert json.load(answer) == {"status": "ready"}
        second = subprocess.run([*TRIALMATCH, "up"], env=env, capture_output=True, text=True, check=False, timeout=60)
        assert (second.returncode, "already runs" in second.stderr) == (1, True)
        process.send_signal(number)
        assert process.wait(30) == 0
    assert of_this_test(mark) == []
