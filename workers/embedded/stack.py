"""The whole service on one machine: queue, workers, sweeper and web server under one supervisor (`trialmatch up`)."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from settings.configuration import Settings
from workers.embedded.processes import end, spawn
from workers.embedded.supervisor import SHUTDOWN_SECONDS
from workers.errors import StackError

START_SECONDS = 90


class Stack:
    """A stack in a data folder, from `start` to `stop`; it also ends when the thread that started it ends.

    Start it from the main thread; use it from any thread.
    """

    def __init__(self, settings: Settings, data_dir: Path | None = None, port: int | None = None) -> None:
        folder = (data_dir or settings.data_dir).resolve()
        self.settings = settings.within(folder)
        self._env = self.settings.to_env() | ({} if port is None else {"TRIALMATCH_PORT": str(port)})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start the stack and return when the service answers.

        Raises: StackError.
        """
        folder = self.settings.data_dir
        (folder / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        command = (sys.executable, "-m", "workers.embedded.supervisor")
        # SIGTERM, not SIGKILL, when orphaned: the supervisor ends its processes in order.
        env = dict(os.environ) | self._env
        self._process = spawn(command, env, self._log, signal_on_orphan=signal.SIGTERM)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every process of the stack, if it was started."""
        if self._process is not None:
            end(self._process, SHUTDOWN_SECONDS + 4)

    def wait(self) -> None:
        """Wait until the supervisor ends."""
        if self._process is not None:
            self._process.wait()

    @property
    def url(self) -> str:
        """The address of the web server."""
        url: str = self._state()["url"]
        return url

    @property
    def broker_url(self) -> str:
        """The address of the queue server, with its password."""
        url: str = self._state()["broker_url"]
        return url

    @property
    def pids(self) -> dict[str, int]:
        """Current process ids: supervisor, queue, web, worker-interactive, worker-batch, sweeper."""
        pids: dict[str, int] = self._state()["pids"]
        return pids

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self.settings.data_dir / "logs" / "supervisor.log"

    def _state(self) -> dict[str, Any]:
        """Return the state written by our supervisor, not by another supervisor of the same folder."""
        try:
            state: dict[str, Any] = json.loads((self.settings.data_dir / "stack.json").read_text())
        except FileNotFoundError:
            raise StackError("the stack is not running") from None
        if self._process is None or state["pids"]["supervisor"] != self._process.pid:
            raise StackError("the stack is not running")
        return state

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert self._process is not None
            if self._process.poll() is not None:
                raise StackError(f"the stack did not start: {self._last_log_line()}")
            if time.monotonic() > deadline:
                raise StackError(f"the stack does not answer: see {self._log.parent}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (StackError, urllib.error.URLError, OSError):
            return False

    def _last_log_line(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return lines[-1] if lines else f"see {self._log.parent}"
