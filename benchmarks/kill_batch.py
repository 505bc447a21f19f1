"""A batch during which a part of the stack is killed: whether every row is counted once, with the same results.

`python -m benchmarks.kill_batch --rows 200000`, from the repository: it takes its PostgreSQL from tests/servers.py.
"""

import argparse
import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError

from redis import Redis

from benchmarks.registry import write_registry
from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import Database, open_database
from storage.sites import create_key, create_site
from storage.states import ACTIVE_BATCH_STATES
from storage.trials import sync_library
from trialmatch.cli.batch_client import BatchClient
from trialmatch.cli.client import ApiClient
from workers.embedded.stack import Stack
from workers.errors import StackError

GIVE_UP_SECONDS = 300
LOOK_SECONDS = 0.02
BEFORE_THE_FAULT = 0.2
"""The part of the chunks that is done when the fault strikes."""


@dataclass(frozen=True)
class BatchOutcome:
    """What came of a batch. `rows` are those that it counts; `same`: its results are those of the undisturbed run.

    `until_next_chunk`: from the fault to the first chunk that was done after it. Units: seconds.
    """

    database: str
    fault: str
    rows: int
    chunks: int
    chunks_before: int
    parked: int
    same: bool
    until_next_chunk: float
    until_done: float

    def held(self, rows: int) -> bool:
        """Whether every row counts once, with the same results."""
        return self.same and self.rows == rows and self.parked == 0


@dataclass
class DisturbedStack:
    """A running stack, and what may be done to it."""

    settings: Settings
    file: Path
    stack: Stack
    restart_database: Callable[[], None] | None = None
    key: str = ""
    expected: bytes = b""
    outcomes: list[BatchOutcome] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return open_database(self.stack.settings.database_url)

    @property
    def client(self) -> BatchClient:
        return BatchClient(ApiClient(self.stack.url, self.key))

    @property
    def faults(self) -> dict[str, Callable[[], None]]:
        """Each fault by its name."""
        every = {
            "kill -9 of a worker": lambda: _kill(_children(self.stack.pids["worker-batch"])[0]),
            "kill -9 of all workers": self._kill_all_workers,
            "kill -9 of the web server": lambda: _kill(self.stack.pids["web"]),
            "kill -9 of the queue": lambda: _kill(self.stack.pids["queue"]),
            "kill -9 of the queue, which forgets everything": self._forget,
            "kill -9 of the sweeper": lambda: _kill(self.stack.pids["sweeper"]),
            "kill -9 of the supervisor": self._kill_supervisor,
        }
        return every | ({"restart of the database": self.restart_database} if self.restart_database else {})

    def _kill_all_workers(self) -> None:
        for name in ("worker-batch", "worker-interactive"):
            parent = self.stack.pids[name]
            _kill(*_children(parent), parent)

    def _forget(self) -> None:
        with Redis.from_url(self.stack.broker_url) as client:
            client.flushall()
        _kill(self.stack.pids["queue"])

    def _kill_supervisor(self) -> None:
        """Everything else dies with it; somebody starts the stack again."""
        _kill(self.stack.pids["supervisor"])
        self.stack.wait()
        self.stack = Stack(self.settings, port=0).start()

    def undisturbed(self) -> float:
        """The results to compare with, and how long they take."""
        start = time.monotonic()
        found = self.client.wait(self.client.send(self.file), pause=LOOK_SECONDS)
        seconds = time.monotonic() - start
        assert found["state"] == "done", found
        self.expected = self._results(found)
        return seconds

    def disturbed(self, name: str) -> BatchOutcome:
        """The same batch, with a fault when a part of it is done."""
        batch = self.client.send(self.file)
        chunks = self._chunks(batch)
        least = max(int(chunks * BEFORE_THE_FAULT), 1)
        _wait(lambda: self._done(batch) >= least)
        before, struck = self._done(batch), time.monotonic()
        self.faults[name]()
        begun = self._done(batch)
        _wait(lambda: self._done(batch) > begun or begun == chunks)
        following = time.monotonic()
        _wait(lambda: self._state(batch) not in ACTIVE_BATCH_STATES)
        over = time.monotonic()
        found = self._get(batch)
        progress, same = found["progress"], self._results(found) == self.expected
        times = (round(following - struck, 1), round(over - struck, 1))
        kind = "postgresql" if self.restart_database else "sqlite"
        return BatchOutcome(
            kind, name, progress["rows"], progress["chunks"], before, progress["chunks_parked"], same, *times
        )

    def interrupted_upload(self) -> BatchOutcome:
        """The web server dies while the file arrives; the client sends it again under the same key."""
        data, key = self.file.read_bytes(), "the-same-upload"
        half = len(data) // 2

        def body() -> Iterator[bytes]:
            yield data[:half]
            _kill(self.stack.pids["web"])
            yield data[half:]

        struck = time.monotonic()
        with suppress(URLError, OSError):
            self.client.send_stream(body(), len(data), key=key)
        batch = self._again(data, key)
        found = self.client.wait(batch, pause=LOOK_SECONDS)
        over, repeated = time.monotonic(), self._again(data, key)
        same = self._results(found) == self.expected and repeated["id"] == found["id"]
        progress, kind = found["progress"], "postgresql" if self.restart_database else "sqlite"
        name = "kill -9 of the web server during the upload"
        return BatchOutcome(
            kind, name, progress["rows"], progress["chunks"], 0, progress["chunks_parked"], same, 0.0,
            round(over - struck, 1),
        )  # fmt: skip

    def _again(self, data: bytes, key: str) -> Any:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            with suppress(URLError, OSError, StackError):
                return self.client.send_stream(iter([data]), len(data), key=key)
            time.sleep(0.1)
        raise TimeoutError("the file cannot be sent")

    def _chunks(self, batch: Any) -> int:
        """Once the file is split."""
        _wait(lambda: self._state(batch) != "splitting")
        return int(self._get(batch)["progress"]["chunks"])

    def _done(self, batch: Any) -> int:
        return int(self._get(batch)["progress"]["chunks_done"])

    def _state(self, batch: Any) -> str:
        return str(self._get(batch)["state"])

    def _get(self, batch: Any) -> Any:
        """Past outages: the web server and the database may be what was killed."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            with suppress(URLError, OSError, StackError):
                return self.client.client.get(batch["links"]["batch"])
            time.sleep(LOOK_SECONDS)
        raise TimeoutError("the service does not answer")

    def _results(self, batch: Any) -> bytes:
        out = io.BytesIO()
        self.client.download(batch["links"]["results"], out)
        return out.getvalue()


def _kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the batch does not get on")
        time.sleep(LOOK_SECONDS)


@contextmanager
def running(
    rows: int, chunk_rows: int, folder: Path, server: Any = None, file: Path | None = None
) -> Iterator[DisturbedStack]:
    """A stack in a folder, on its own SQLite file or on a PostgreSQL server that may be restarted."""
    if file is None:
        file = folder / "registry.csv"
        write_registry(file, rows)
    settings = Settings(data_dir=folder / "stack", batch_chunk_rows=chunk_rows, log_level="WARNING")
    restart = None
    if server is not None:
        settings = replace(
            settings, database_url=Settings(database_url=server.url(server.make_database())).database_url
        )

        def restart() -> None:
            server.stop()
            server.start()

    with ExitStack() as afterwards:
        found = DisturbedStack(settings, file, Stack(settings, port=0).start(), restart)
        afterwards.callback(lambda: found.stack.stop())
        found.key = _new_key(found.database)
        yield found


def _new_key(database: Database) -> str:
    with database.session() as session:
        site = create_site(session, "Kill")
        sync_library(session, site.id, load_library())
        key = create_key(session, site.id, "registrar", "kill")
    database.close()
    return key


def strike(scene: DisturbedStack, names: list[str] | None = None) -> Iterator[BatchOutcome]:
    """A batch for each fault, after an undisturbed one."""
    scene.undisturbed()
    for name in names or list(scene.faults):
        yield scene.disturbed(name)
    if names is None:
        yield scene.interrupted_upload()


def main() -> None:
    """Exit 0 if it held on every database asked for, else 1."""
    parser = argparse.ArgumentParser(prog="benchmarks.kill_batch", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--chunk-rows", type=int, default=5_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append", help="default: both in turn")
    parser.add_argument("--json", action="store_true", help="one JSON object a fault")
    given = parser.parse_args()
    held = True
    for kind in given.database or ["sqlite", "postgresql"]:
        with (
            TemporaryDirectory(prefix="trialmatch-kill-") as folder,
            _server(kind) as server,
            running(given.rows, given.chunk_rows, Path(folder), server) as scene,
        ):
            for outcome in strike(scene):
                held = held and outcome.held(given.rows)
                print(json.dumps(asdict(outcome)) if given.json else described(outcome), flush=True)
    sys.exit(0 if held else 1)


@contextmanager
def _server(kind: str) -> Iterator[Any]:
    if kind == "sqlite":
        yield None
        return
    from tests.servers import running_postgres

    with running_postgres(durable=True) as server:
        yield server


def described(outcome: BatchOutcome) -> str:
    """One line for a reader."""
    return (
        f"{outcome.database}: {outcome.fault} after {outcome.chunks_before} of {outcome.chunks} chunks: "
        f"{outcome.rows} rows counted, results {'the same' if outcome.same else 'DIFFERENT'}, "
        f"{outcome.parked} chunks given up; next chunk after {outcome.until_next_chunk} s, done after "
        f"{outcome.until_done} s"
    )


if __name__ == "__main__":
    main()
