"""Keeps the processes of an embedded stack running, and ends them with it (`python -m workers.embedded.supervisor`).

It has one thread, from which every process is forked: a process dies with the thread that forked it.
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
from workers.embedded.commands import MIGRATE, SWEEPER, WEB, WORKERS
from workers.embedded.lifetime import end, spawn
from workers.embedded.queue_server import QueueServer
from workers.errors import StackError

log = logging.getLogger("trialmatch.supervisor")

LOOK_SECONDS = 0.1
SHORT_LIFE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 10
HOPELESS = 4
"""Short lives in a row, and never a longer one: it cannot start here, and the reason is in its log."""

PATIENCE_SECONDS = 8
"""How long a process may take to finish what it is at before it is killed."""

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass
class Child:
    """One process and how to start it anew; one that dies young is given longer and longer pauses."""

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

    def revive(self) -> bool:
        """Start it again if it is dead and its pause is over; whether that was done."""
        if self.process.poll() is None:
            return False
        age = time.monotonic() - self.started_at
        if age < self.pause:
            return False
        self._learn(lived=age > SHORT_LIFE_SECONDS + self.pause)
        self._run()
        return True

    def _learn(self, lived: bool) -> None:
        self.proven = self.proven or lived
        self.short_lives = 0 if lived else self.short_lives + 1
        self.pause = 0.0 if lived else min(self.pause * 2 + 0.5, LONGEST_PAUSE_SECONDS)

    @property
    def hopeless(self) -> bool:
        """Whether it dies each time before it has done anything."""
        return not self.proven and self.short_lives >= HOPELESS


@dataclass
class Supervisor:
    """The processes of one data folder."""

    settings: Settings
    listener: socket.socket
    children: dict[str, Child] = field(default_factory=dict)
    ended: bool = False

    @property
    def folder(self) -> Path:
        """Where the stack lives."""
        return self.settings.data_dir

    def run(self) -> None:
        """Start everything, revive what dies, until a signal says to end."""
        try:
            self._start()
            while not self.ended:
                self._revive()
                time.sleep(LOOK_SECONDS)
        finally:
            self._end()

    def _revive(self) -> None:
        revived = [name for name, child in self.children.items() if child.revive()]
        hopeless = [name for name in revived if self.children[name].hopeless]
        if hopeless:
            raise StackError(f"{hopeless[0]} ends as soon as it starts: see {self._log(hopeless[0])}")
        if revived:
            log.warning("started again: %s", ", ".join(revived))
            self._publish()

    def _start(self) -> None:
        """The queue server comes up while the database is migrated; all others need both."""
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
        """The web server inherits the listening socket: while it is started again, connections wait, not fail."""
        env = dict(os.environ) | self.settings.to_env()
        if name != "web":
            return spawn(command, env, self._log(name))
        env["TRIALMATCH_BIND"] = f"fd://{self.listener.fileno()}"
        return spawn(command, env, self._log(name), pass_fds=[self.listener.fileno()])

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _wait(self, done: Callable[[], bool], name: str, patience: float = 60) -> None:
        deadline = time.monotonic() + patience
        while not done() and not self.ended:
            if time.monotonic() > deadline:
                raise StackError(f"{name} does not answer: see {self._log(name)}")
            time.sleep(0.02)

    def _publish(self) -> None:
        """Tell the one who started us where everything is; renamed into place, so that nobody reads half of it."""
        host, port = self.listener.getsockname()[:2]
        pids = {name: child.process.pid for name, child in self.children.items()}
        pids["supervisor"] = os.getpid()
        state = {"url": f"http://{host}:{port}", "broker_url": self.settings.broker_url, "pids": pids}
        draft = self.folder / "stack.json.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(state))
        draft.rename(self.folder / "stack.json")

    def _end(self) -> None:
        """The queue last. The others are asked at once, for each takes a second."""
        names = [name for name in self.children if name != "queue"]
        for name in names:
            if self.children[name].process.poll() is None:
                self.children[name].process.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for name in [*names, "queue"]:
            if name in self.children:
                end(self.children[name].process, max(deadline - time.monotonic(), 1))
        (self.folder / "stack.json").unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the kernel gives back however we end.

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
    """The web server's socket; port 0 is a free one.

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
    """Run the stack of TRIALMATCH_DATA_DIR; messages of our own go to standard output."""
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
