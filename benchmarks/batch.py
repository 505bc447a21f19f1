"""A registry through HTTP, queue and database against the command line alone, and what a coordinator notices of it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter, sleep
from typing import Any

from benchmarks.processors import cpu_of_children
from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from storage.sites import create_key, create_site
from storage.trials import sync_library
from support.synthetic_patients import synthetic_summaries
from support.synthetic_registry import write_registry
from trialmatch.client import Client
from workers.embedded.stack import Stack

IDLE = 40
"""Submissions measured before the batch."""

PAUSE_SECONDS = 0.1
GIVE_UP_SECONDS = 3600


@dataclass(frozen=True)
class BatchBench:
    """A running stack, and a key for it."""

    client: Client
    stack: Stack

    def cpu_seconds(self) -> float:
        """What the stack has used of the processors, save its interactive worker, which has nothing to do with it."""
        every, interactive = (_cpu_seconds(self.stack.pids[name]) for name in ("supervisor", "worker-interactive"))
        return every - interactive

    def submission(self, summary: Any) -> float:
        """From the request to the stored result. Units: ms."""
        start = perf_counter()
        self.client.wait_for_matches(self.client.submit_patient(summary), GIVE_UP_SECONDS)
        return 1000 * (perf_counter() - start)

    def batch(self, file: Path, out: Path) -> float:
        """From the first byte sent to the last byte of the results. Units: s."""
        start = perf_counter()
        found = self.client.wait_for_batch(self.client.upload_batch(file))
        if found["state"] != "done":
            raise RuntimeError(f"the batch is {found['state']}")
        with out.open("wb") as target:
            self.client.download(found["links"]["results"], target)
        return perf_counter() - start


def measure(rows: int) -> dict[str, float]:
    """The figures by name. The command line runs before and after the batch, so that a busy machine strikes both.

    It makes way to others as the batch worker does; on a machine where nobody else works that changes nothing.
    """
    patients = (dump_patient(load_patient(one)) for one in synthetic_summaries(100_000 if rows >= 100_000 else 5_000))
    with _bench() as (bench, folder):
        file = folder / "registry.csv"
        write_registry(file, rows)
        for _ in range(5):
            bench.submission(next(patients))
        idle = [_paced(bench, next(patients)) for _ in range(IDLE)]
        alone = [_alone(file, folder / "alone.parquet")]
        over = Event()
        meanwhile: list[float] = []
        coordinator = Thread(target=_submit_until, args=(over, bench, patients, meanwhile))
        before = bench.cpu_seconds()
        coordinator.start()
        try:
            seconds = bench.batch(file, folder / "matches.parquet")
        finally:
            cpu = bench.cpu_seconds() - before
            over.set()
            coordinator.join()
        alone.append(_alone(file, folder / "alone.parquet"))
    cli, cli_cpu = mean(one for one, _ in alone), mean(one for _, one in alone)
    return {
        "rows": rows,
        "trials": len(load_library().trials),
        "seconds": round(seconds, 2),
        "cli_seconds": round(cli, 2),
        "times_cli": round(seconds / cli, 2),
        "cpu_seconds": round(cpu, 2),
        "times_cli_cpu": round(cpu / cli_cpu, 2),
        "idle_submission_ms": round(median(idle), 1),
        "submissions_meanwhile": len(meanwhile),
        "submission_meanwhile_ms": round(median(meanwhile), 1),
        "times_idle": round(median(meanwhile) / median(idle), 2),
    }


def _submit_until(over: Event, bench: BatchBench, patients: Iterator[Any], times: list[float]) -> None:
    """At least one, and then until the batch is over."""
    times.append(bench.submission(next(patients)))
    while not over.is_set():
        times.append(_paced(bench, next(patients)))


def _paced(bench: BatchBench, summary: Any) -> float:
    sleep(PAUSE_SECONDS)
    return bench.submission(summary)


def _alone(file: Path, out: Path) -> tuple[float, float]:
    """`trialmatch screen` in a process of its own, with the priority of the batch worker.

    Units: s, and s of all processors together.
    """
    program = f"from workers.priority import make_way; make_way({Settings().batch_niceness}); "
    command = [sys.executable, "-c", f"{program}from trialmatch.cli import main; main()"]
    used, start = cpu_of_children(), perf_counter()
    subprocess.run(
        [*command, "screen", str(file), "-o", str(out), "--json"], check=True, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    return perf_counter() - start, cpu_of_children() - used


def _cpu_seconds(pid: int) -> float:
    """Of a process, all that it began, and those of them that ended. Source: proc(5), fields 14 to 17 of stat."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(map(int, fields)) / os.sysconf("SC_CLK_TCK") + sum(_cpu_seconds(int(child)) for child in below)


@contextmanager
def _bench() -> Iterator[tuple[BatchBench, Path]]:
    with (
        TemporaryDirectory(prefix="trialmatch-bench-") as name,
        Stack(Settings(data_dir=Path(name) / "stack", log_level="WARNING"), port=0) as stack,
    ):
        database = open_database(stack.settings.database_url)
        with database.session() as session:
            site = create_site(session, "BatchBench")
            sync_library(session, site.id, load_library())
            key = create_key(session, site.id, "registrar", "bench")
        database.close()
        yield BatchBench(Client(stack.url, key), stack), Path(name)
