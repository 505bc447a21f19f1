"""A child process does not outlive its parent, and can always be ended."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from settings.configuration import Settings
from support.servers import Valkey, processes_of, wait_until
from workers.embedded.processes import WORKERS, end, spawn

PARENT = """
import os, sys, time
from workers.embedded.processes import spawn
child = spawn([sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
print(child.pid, flush=True)
time.sleep(60)
"""
IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)


def test_a_child_dies_with_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
        wait_until(lambda: not Path(f"/proc/{child}").exists(), "the child is gone", seconds=20)


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_killed_before_it_is_ready_leaves_no_process(name: str, valkey: Valkey, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, broker_url=valkey.url, worker_concurrency=2, batch_concurrency=2)
    worker = spawn(WORKERS[name], os.environ | settings.to_env(), tmp_path / "log")
    master = psutil.Process(worker.pid)
    wait_until(lambda: len(master.children()) == 2, "both are forked", pause=0.001)
    forked = master.children()
    for process in forked:
        process.suspend()
    worker.kill()
    worker.wait()
    for process in forked:
        with suppress(psutil.NoSuchProcess):  # the kernel has ended it
            process.resume()
    wait_until(lambda: not processes_of(tmp_path), "no process is left", seconds=20)


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = spawn([sys.executable, "-c", IGNORES_SIGTERM], os.environ, log)
    wait_until(lambda: log.read_text() == "ready\n", "it ignores SIGTERM")
    begun = time.monotonic()
    end(process, timeout_seconds=0.3)
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_a_child_has_a_session_of_its_own() -> None:
    process = spawn([sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    end(process, timeout_seconds=5)


@pytest.mark.parametrize("twice", [False, True])
def test_ending_an_ended_process_does_no_harm(twice: bool) -> None:
    process = spawn([sys.executable, "-c", ""], os.environ)
    process.wait()
    for _ in range(1 + twice):
        end(process, timeout_seconds=1)
    assert process.returncode == 0
