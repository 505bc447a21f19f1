"""The embedded stack starts, restarts dead processes, and leaves no process behind, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from settings.configuration import Settings
from support.servers import processes_of, wait_until
from workers.embedded.processes import spawn
from workers.embedded.stack import Stack
from workers.embedded.supervisor import Child, Supervisor
from workers.errors import StackError

pytestmark = pytest.mark.stack

CHILDREN = {"queue", "web", "worker-interactive", "worker-batch", "sweeper"}
TRIALMATCH = Path(sys.executable).with_name("trialmatch")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(Settings(data_dir=tmp_path_factory.mktemp("stack")), port=0) as running:
        yield running


def gone(folder: Path) -> None:
    wait_until(lambda: not processes_of(folder), "no process is left", seconds=20)


def answers(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        return bool(answer.status == 200)


@pytest.mark.parametrize("name", sorted(CHILDREN))
def test_a_killed_process_is_restarted(stack: Stack, name: str) -> None:
    before = stack.pids
    assert before.keys() == CHILDREN | {"supervisor"}
    os.kill(before[name], signal.SIGKILL)
    wait_until(lambda: stack.pids[name] != before[name], f"{name} is restarted", seconds=20)
    after = stack.pids
    assert {other: pid for other, pid in after.items() if other != name} == {
        other: pid for other, pid in before.items() if other != name
    }
    assert answers(stack.url)


def test_requests_wait_while_the_web_server_restarts(stack: Stack) -> None:
    # Its workers too: a request that a worker had accepted already would be lost with it.
    master = psutil.Process(stack.pids["web"])
    for process in (*master.children(recursive=True), master):
        process.kill()
    assert answers(stack.url)


def test_only_the_owner_can_read_the_data_folder(stack: Stack) -> None:
    folder = stack.settings.data_dir
    assert (folder / "stack.json").stat().st_mode & 0o077 == 0
    assert (folder / "logs").stat().st_mode & 0o077 == 0


def test_the_password_of_the_queue_is_on_no_command_line(stack: Stack) -> None:
    password = stack.broker_url.split("@")[0].rsplit(":", 1)[1]
    # A process that an earlier test killed may still be in the pause before its restart.
    wait_until(lambda: all(command_line(pid) for pid in stack.pids.values()), "all processes run")
    all_pids = {*stack.pids.values(), *processes_of(stack.settings.data_dir)}
    lines = [command_line(pid) for pid in all_pids]
    assert len(lines) > len(CHILDREN)
    assert not any(password.encode() in line for line in lines)


def test_a_second_stack_in_the_same_folder_is_refused(stack: Stack) -> None:
    with pytest.raises(StackError, match="already runs"):
        Stack(stack.settings, port=0).start()
    assert answers(stack.url)


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(StackError, match="cannot listen"):
        Stack(Settings(data_dir=tmp_path), port=taken.getsockname()[1]).start()
    gone(tmp_path)


def test_an_unreachable_database_is_reported_and_no_process_is_left(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(StackError, match="migration failed"):
        Stack(settings, port=0).start()
    gone(tmp_path)


def test_a_process_that_cannot_start_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.embedded.supervisor.MAX_SHORT_LIVES", 2)
    dying = Child(lambda: spawn(["false"], os.environ))
    supervisor = Supervisor(Settings(data_dir=tmp_path), socket.socket(), {"web": dying})
    with supervisor.listener:
        wait_until(lambda: dying.restart_if_dead() and dying.cannot_start, "it is given up", seconds=10)
        with pytest.raises(StackError, match=r"web ends as soon as it starts: see .*web\.log"):
            wait_until(lambda: supervisor._restart_dead(), "the error is raised", seconds=10)
    dying.process.wait()


def interrupted(process: "subprocess.Popen[bytes]", stack_folder: Path) -> None:
    os.killpg(process.pid, signal.SIGINT)  # what a terminal does on Ctrl-C


def terminated(process: "subprocess.Popen[bytes]", stack_folder: Path) -> None:
    process.terminate()


def killed(process: "subprocess.Popen[bytes]", stack_folder: Path) -> None:
    process.kill()


def supervisor_killed(process: "subprocess.Popen[bytes]", stack_folder: Path) -> None:
    supervisors = [pid for pid in processes_of(stack_folder) if b"workers.embedded.supervisor" in command_line(pid)]
    assert len(supervisors) == 1
    os.kill(supervisors[0], signal.SIGKILL)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""  # the process ended meanwhile


@pytest.mark.parametrize("end", [interrupted, terminated, killed, supervisor_killed])
def test_nothing_is_left_running(end: Callable[["subprocess.Popen[bytes]", Path], None], tmp_path: Path) -> None:
    env = os.environ | {"TRIALMATCH_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(
        [TRIALMATCH, "up", "--port", "0"], env=env, start_new_session=True, stdout=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: (tmp_path / "stack.json").exists(), "the stack is up", seconds=60)
        wait_until(lambda: len(processes_of(tmp_path)) > len(CHILDREN), "all processes run")
        end(process, tmp_path)
        process.wait(40)
    gone(tmp_path)


def test_a_killed_stack_restarts_with_its_data(tmp_path: Path) -> None:
    first = Stack(Settings(data_dir=tmp_path), port=0).start()
    os.kill(first.pids["supervisor"], signal.SIGKILL)
    gone(tmp_path)
    first.stop()
    with Stack(Settings(data_dir=tmp_path), port=0) as second:
        assert answers(second.url)
    gone(tmp_path)
