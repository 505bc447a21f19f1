"""The command lines of our processes, and child processes that end when their parent ends, for whatever reason."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from settings.configuration import QUEUES

PYTHON = (sys.executable, "-m")
MIGRATE = (*PYTHON, "workers.migrate")
SWEEPER = (*PYTHON, "workers.sweeper")
WEB = (*PYTHON, "gunicorn", "--config", "python:workers.gunicorn_settings", "service.wsgi:app")


def worker(queue: str) -> tuple[str, ...]:
    """Return the command of a Celery worker for one queue, without the messages that workers exchange.

    The worker of the batch queue has an app of its own: it uses every processor, at a lower priority.
    """
    app = "workers.main:batch_app" if queue == "batch" else "workers.main"
    flags = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return (*PYTHON, "celery", "-A", app, "worker", "-Q", queue, "-n", f"{queue}@%h", *flags)


WORKERS = {f"worker-{queue}": worker(queue) for queue in QUEUES}

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>

_libc = ctypes.CDLL(None, use_errno=True)  # before any fork: loading a library is not safe after a fork


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Let the kernel signal this process when the thread that forked it ends; exit at once if it already has.

    Call it in the new process, with the id of the parent process. Linux only; elsewhere it checks just once.
    """
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # the parent ended before the line above
        os._exit(1)


def spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    log: Path | None = None,
    signal_on_orphan: int = signal.SIGKILL,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a command that dies with the calling thread; call it from the main thread.

    It leads a session of its own: Ctrl-C in a terminal reaches only the parent, which ends it in order.
    """
    parent = os.getpid()

    def before_exec() -> None:
        die_with_parent(parent, signal_on_orphan)

    output: IO[bytes] | int = log.open("ab") if log else subprocess.DEVNULL
    try:
        process = subprocess.Popen(
            command, env=dict(env), stdout=output, stderr=subprocess.STDOUT,
            preexec_fn=before_exec, start_new_session=True, **({"stdin": subprocess.DEVNULL} | options),
        )  # fmt: skip
        return cast("subprocess.Popen[bytes]", process)
    finally:
        if not isinstance(output, int):
            output.close()


def end(process: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    """Terminate a process, and kill it if it does not end in time."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
