"""Processes that end when the one that started them ends, however it ended."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>

_libc = ctypes.CDLL(None, use_errno=True)  # before any fork: loading a library is not safe after one


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Let the kernel send this process a signal when the thread that forked it ends; end at once if it has already.

    Call it in the new process, with the id of the one that forked it. Linux only; elsewhere it only looks once.
    """
    if hasattr(_libc, "prctl"):
        _libc.prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it ended before the line above
        os._exit(1)


def spawn(
    command: Sequence[str],
    env: Mapping[str, str],
    log: Path | None = None,
    signal_on_orphan: int = signal.SIGKILL,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a command that dies with the calling thread; call it from the main one.

    It leads a session of its own: Ctrl-C in a terminal reaches the one who started it, who ends it in order.
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


def end(process: subprocess.Popen[bytes], patience: float) -> None:
    """Ask a process to end, and kill it if it does not."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
