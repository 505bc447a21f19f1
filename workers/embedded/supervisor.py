"""Keeps the processes of an embedded stack running until it ends (`python -m workers.embedded.supervisor`).

It has a single thread, because a process dies with the thread that forked it.
"""

import fcntl
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from settings.configuration import Settings
from workers.embedded.processes import MIGRATE, SWEEPER, WEB, WORKERS, end, spawn
from workers.embedded.queue_server import QueueServer
from workers.errors import StackError

log = logging.getLogger("trialmatch.supervisor")

POLL_SECONDS = 0.1
SHORT_LIFE_SECONDS = 5
MAX_PAUSE_SECONDS = 10
MAX_SHORT_LIVES = 4
"""After this many short lives in a row without a longer life the process cannot start here; its log says why."""

SHUTDOWN_SECONDS = 8
"""How long a process may take to finish its work before it is killed."""

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass
class Child:
    """A process and how to restart it. The pause before a restart grows while the process dies young."""

    start: Start
    process: "subprocess.Popen[bytes]" = field(init=False)
    started_at: float = field(init=False)
    pause: float = 0.0
    short_lives: int = 0
    proven: bool = False

    def __post_init__(self) -> None:
        self._run()

    def _run(self) -> None:
        self.process, self.started_at = self.start(), time.monotonic()

    def restart_if_dead(self) -> bool:
        """Restart the process if it is dead and its pause is over; return whether it was restarted."""
        if self.process.poll() is None:
            return False
        age = time.monotonic() - self.started_at
        if age < self.pause:
            return False
        self._note_life(long=age > SHORT_LIFE_SECONDS + self.pause)
        self._run()
        return True

    def _note_life(self, long: bool) -> None:
        self.proven = self.proven or long
        self.short_lives = 0 if long else self.short_lives + 1
        self.pause = 0.0 if long else min(self.pause * 2 + 0.5, MAX_PAUSE_SECONDS)

    @property
    def cannot_start(self) -> bool:
        """Return whether the process died young every time."""
        return not self.proven and self.short_lives >= MAX_SHORT_LIVES


@dataclass
class Supervisor:
    """The processes of one data folder."""

    settings: Settings
    listener: socket.socket
    children: dict[str, Child] = field(default_factory=dict)
    ended: bool = False

    @property
    def folder(self) -> Path:
        """The data folder of the stack."""
        return self.settings.data_dir

    def run(self) -> None:
        """Start all processes and restart those that die, until a signal ends the supervisor."""
        try:
            self._start()
            while not self.ended:
                self._restart_dead()
                time.sleep(POLL_SECONDS)
        finally:
            self._end()

    def _restart_dead(self) -> None:
        restarted = [name for name, child in self.children.items() if child.restart_if_dead()]
        failing = [name for name in restarted if self.children[name].cannot_start]
        if failing:
            raise StackError(f"{failing[0]} ends as soon as it starts: see {self._log(failing[0])}")
        if restarted:
            log.warning("restarted: %s", ", ".join(restarted))
            self._publish()

    def _start(self) -> None:
        """Start the queue server while the database is migrated; all other processes need both."""
        server = QueueServer(self.folder / "queue")
        server.folder.mkdir(mode=0o700, exist_ok=True)
        self.settings = replace(self.settings, broker_url=server.url)
        self.children["queue"] = Child(lambda: self._start_queue(server))
        migration = self._spawn("migrate", MIGRATE)
        self._wait(lambda: migration.poll() is not None, "migrate")
        if migration.returncode and not self.ended:
            raise StackError(f"the migration failed: see {self._log('migrate')}")
        self._wait(server.answers, "queue")
        for name, command in {"web": WEB, **WORKERS, "sweeper": SWEEPER}.items():
            if not self.ended:
                self.children[name] = Child(lambda name=name, command=command: self._spawn(name, command))  # type: ignore[misc]
        self._publish()

    def _start_queue(self, server: QueueServer) -> "subprocess.Popen[bytes]":
        process = spawn(server.command, os.environ, self._log("queue"), stdin=subprocess.PIPE)
        assert process.stdin is not None
        with process.stdin as stdin:
            stdin.write(server.configuration)
        return process

    def _spawn(self, name: str, command: tuple[str, ...]) -> "subprocess.Popen[bytes]":
        """Start a process. The web server inherits the listening socket: while it restarts, connections wait."""
        env = dict(os.environ) | self.settings.to_env()
        if name != "web":
            return spawn(command, env, self._log(name))
        env["TRIALMATCH_BIND"] = f"fd://{self.listener.fileno()}"
        return spawn(command, env, self._log(name), pass_fds=[self.listener.fileno()])

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _wait(self, done: Callable[[], bool], name: str, timeout_seconds: float = 60) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not done() and not self.ended:
            if time.monotonic() > deadline:
                raise StackError(f"{name} does not answer: see {self._log(name)}")
            time.sleep(0.02)

    def _publish(self) -> None:
        """Write addresses and process ids for the parent; the rename makes the file appear complete."""
        host, port = self.listener.getsockname()[:2]
        pids = {name: child.process.pid for name, child in self.children.items()}
        pids["supervisor"] = os.getpid()
        state = {"url": f"http://{host}:{port}", "broker_url": self.settings.broker_url, "pids": pids}
        draft = self.folder / "stack.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(state))
        draft.rename(self.folder / "stack.json")

    def _end(self) -> None:
        """End all processes, the queue last. The others end at the same time, because each takes a second."""
        names = [name for name in self.children if name != "queue"]
        for name in names:
            if self.children[name].process.poll() is None:
                self.children[name].process.terminate()
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        for name in [*names, "queue"]:
            if name in self.children:
                end(self.children[name].process, max(deadline - time.monotonic(), 1))
        (self.folder / "stack.json").unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel releases however this process ends.

    Raises: StackError if another stack has it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "logs").mkdir(mode=0o700, exist_ok=True)
    with (folder / "stack.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"a stack already runs in {folder}") from None
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return the web server's listening socket; port 0 chooses a free port.

    Raises: StackError.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise StackError(f"cannot listen on {host} port {port}: {error.strerror}") from None
    listener.listen(512)
    return listener


def main() -> None:
    """Run the stack of TRIALMATCH_DATA_DIR."""
    settings = Settings.from_env(os.environ)
    settings = settings.within(settings.data_dir.resolve())
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        with alone_in(settings.data_dir), listen(settings.host, settings.port) as listener:
            supervisor = Supervisor(settings, listener)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, lambda *_: setattr(supervisor, "ended", True))
            supervisor.run()
    except StackError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
