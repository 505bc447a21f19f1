"""Screens a registry as a batch while a part of the stack is killed, and compares the results byte by byte."""

import io
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from redis import Redis

from settings.configuration import Settings
from storage.database import Database, open_database
from storage.states import ACTIVE_BATCH_STATES
from support.servers import Postgres
from support.sites import new_site_key
from support.synthetic_registry import write_registry
from trialmatch.client import Client
from workers.embedded.stack import Stack
from workers.errors import StackError

GIVE_UP_SECONDS = 300
POLL_SECONDS = 0.02
OUTAGES = (OSError, HTTPException, StackError)
"""Errors of a client while a part of the stack restarts."""

SHARE_DONE_BEFORE_KILL = 0.2
"""The share of the chunks that is done before a part is killed."""


@dataclass(frozen=True)
class BatchOutcome:
    """Counts and times of a batch during which a part of the stack was killed.

    `rows`: the rows that the batch counts; `same`: whether its results equal those of the undisturbed run;
    `until_next_chunk` and `until_done`: from the kill to the next finished chunk and to the end. Units: seconds.
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

    def passed(self, rows: int) -> bool:
        """Whether every row is counted once, with the same results."""
        return self.same and self.rows == rows and self.parked == 0


@dataclass
class DisturbedStack:
    """A running stack, and the ways to disturb it."""

    settings: Settings
    file: Path
    stack: Stack
    restart_database: Callable[[], None] | None = None
    key: str = ""
    expected: bytes = b""

    @property
    def kind(self) -> str:
        return "postgresql" if self.restart_database else "sqlite"

    @property
    def database(self) -> Database:
        return open_database(self.stack.settings.database_url)

    @property
    def client(self) -> Client:
        return Client(self.stack.url, self.key)

    @property
    def faults(self) -> dict[str, Callable[[], None]]:
        """The function that causes each fault, by the name of the fault."""
        kills = {
            "kill -9 of a worker": lambda: _kill(_children(self.stack.pids["worker-batch"])[0]),
            "kill -9 of all workers": self._kill_all_workers,
            "kill -9 of the web server": lambda: _kill(self.stack.pids["web"]),
            "kill -9 of the queue": lambda: _kill(self.stack.pids["queue"]),
            "kill -9 of the queue, which forgets everything": self._forget,
            "kill -9 of the sweeper": lambda: _kill(self.stack.pids["sweeper"]),
            "kill -9 of the supervisor": self._kill_supervisor,
        }
        return kills | ({"restart of the database": self.restart_database} if self.restart_database else {})

    def _kill_all_workers(self) -> None:
        for name in ("worker-batch", "worker-interactive"):
            parent = self.stack.pids[name]
            _kill(*_children(parent), parent)

    def _forget(self) -> None:
        with Redis.from_url(self.stack.broker_url) as client:
            client.flushall()
        _kill(self.stack.pids["queue"])

    def _kill_supervisor(self) -> None:
        """Everything else dies with the supervisor; the stack is then started again."""
        _kill(self.stack.pids["supervisor"])
        self.stack.wait()
        self.stack = Stack(self.settings, port=0).start()

    def screen_undisturbed(self) -> float:
        """Store the expected results; return how long the batch takes. Units: seconds."""
        start = time.monotonic()
        found = self.client.wait_for_batch(self.client.upload_batch(self.file), pause=POLL_SECONDS)
        seconds = time.monotonic() - start
        assert found["state"] == "done", found
        self.expected = self._results(found)
        return seconds

    def screen_during(self, fault: str) -> BatchOutcome:
        """Screen the same batch, with this fault when a share of its chunks is done."""
        batch = self.client.upload_batch(self.file)
        chunks = self._chunks(batch)
        enough = max(int(chunks * SHARE_DONE_BEFORE_KILL), 1)
        _wait(lambda: self._done(batch) >= enough)
        before, struck = self._done(batch), time.monotonic()
        self.faults[fault]()
        begun = self._done(batch)
        _wait(lambda: self._done(batch) > begun or begun == chunks)
        following = time.monotonic()
        _wait(lambda: self._state(batch) not in ACTIVE_BATCH_STATES)
        over = time.monotonic()
        found = self._get(batch)
        progress, same = found["progress"], self._results(found) == self.expected
        times = (round(following - struck, 1), round(over - struck, 1))
        return BatchOutcome(
            self.kind, fault, progress["rows"], progress["chunks"], before, progress["chunks_parked"], same, *times
        )

    def interrupted_upload(self) -> BatchOutcome:
        """Kill the web server during the upload, and send the file again under the same idempotency key."""
        data, key = self.file.read_bytes(), "the-same-upload"
        half = len(data) // 2

        def body() -> Iterator[bytes]:
            yield data[:half]
            _kill(self.stack.pids["web"])
            yield data[half:]

        struck = time.monotonic()
        with suppress(*OUTAGES):
            self.client.upload_stream(body(), len(data), idempotency_key=key)
        batch = self._again(data, key)
        found = self.client.wait_for_batch(batch, pause=POLL_SECONDS)
        over, repeated = time.monotonic(), self._again(data, key)
        same = self._results(found) == self.expected and repeated["id"] == found["id"]
        progress = found["progress"]
        name = "kill -9 of the web server during the upload"
        return BatchOutcome(
            self.kind, name, progress["rows"], progress["chunks"], 0, progress["chunks_parked"], same, 0.0,
            round(over - struck, 1),
        )  # fmt: skip

    def _again(self, data: bytes, key: str) -> Any:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            with suppress(*OUTAGES):
                return self.client.upload_stream(iter([data]), len(data), idempotency_key=key)
            time.sleep(0.1)
        raise TimeoutError("the file cannot be sent")

    def _chunks(self, batch: Any) -> int:
        """Wait until the file is split, and return its number of chunks."""
        _wait(lambda: self._state(batch) != "splitting")
        return int(self._get(batch)["progress"]["chunks"])

    def _done(self, batch: Any) -> int:
        return int(self._get(batch)["progress"]["chunks_done"])

    def _state(self, batch: Any) -> str:
        return str(self._get(batch)["state"])

    def _get(self, batch: Any) -> Any:
        """Retry through outages: the killed part may be the web server or the database."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            with suppress(*OUTAGES):
                return self.client.get(batch["links"]["batch"])
            time.sleep(POLL_SECONDS)
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
            raise TimeoutError("the batch makes no progress")
        time.sleep(POLL_SECONDS)


@contextmanager
def running_stack(settings: Settings, rows: int, server: Postgres | None = None) -> Iterator[DisturbedStack]:
    """Run a stack, on its own SQLite file or on a PostgreSQL server that may be restarted, next to a registry."""
    file = settings.data_dir.with_suffix(".csv")
    write_registry(file, rows)
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
        database = found.database
        found.key = new_site_key(database, "Kill", "registrar")
        database.close()
        yield found


def kill_each_part(disturbed: DisturbedStack) -> Iterator[BatchOutcome]:
    """Screen the batch once undisturbed, then once with each fault."""
    disturbed.screen_undisturbed()
    for fault in disturbed.faults:
        yield disturbed.screen_during(fault)
    yield disturbed.interrupted_upload()


def describe_batch_outcome(outcome: BatchOutcome) -> str:
    """Return the outcome as one line of text."""
    return (
        f"{outcome.database}: {outcome.fault} after {outcome.chunks_before} of {outcome.chunks} chunks: "
        f"{outcome.rows} rows counted, results {'the same' if outcome.same else 'DIFFERENT'}, "
        f"{outcome.parked} chunks parked; next chunk after {outcome.until_next_chunk} s, done after "
        f"{outcome.until_done} s"
    )
