"""Compares a registry screened by the service with the command line, and submissions during it with idle ones."""

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

from benchmarks.processes import cpu_of_ended_children, cpu_of_family
from schemas.summary.facts import dump_patient, load_patient
from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from support.sites import new_site_key
from support.synthetic_patients import synthetic_summaries
from support.synthetic_registry import write_registry
from trialmatch.client import Client
from workers.embedded.stack import Stack

IDLE_SUBMISSIONS = 40
"""Submissions measured before the batch."""

PAUSE_SECONDS = 0.1
GIVE_UP_SECONDS = 3600


@dataclass(frozen=True)
class BatchBench:
    """A running stack and a client of it."""

    client: Client
    stack: Stack

    def cpu_seconds(self) -> float:
        """Return the CPU time of the stack without the interactive worker, which takes no part in the batch."""
        whole, interactive = (cpu_of_family(self.stack.pids[name]) for name in ("supervisor", "worker-interactive"))
        return whole - interactive

    def submission(self, summary: Any) -> float:
        """Return the time from the request to the stored result. Units: ms."""
        start = perf_counter()
        self.client.wait_for_matches(self.client.submit_patient(summary), GIVE_UP_SECONDS)
        return 1000 * (perf_counter() - start)

    def batch(self, file: Path, out: Path) -> float:
        """Return the time from the first byte sent to the last byte of the results. Units: s."""
        start = perf_counter()
        found = self.client.wait_for_batch(self.client.upload_batch(file))
        if found["state"] != "done":
            raise RuntimeError(f"the batch is {found['state']}")
        with out.open("wb") as target:
            self.client.download(found["links"]["results"], target)
        return perf_counter() - start


def measure(rows: int) -> dict[str, float]:
    """Return the figures by name.

    The command line runs before and after the batch, so that other load affects both. It has the priority of the batch
    worker, which changes nothing on an idle machine.
    """
    patients = _patients(100_000 if rows >= 100_000 else 5_000)
    with _bench() as (bench, folder):
        file = folder / "registry.csv"
        write_registry(file, rows)
        for _ in range(5):
            bench.submission(next(patients))
        idle = [_paced(bench, next(patients)) for _ in range(IDLE_SUBMISSIONS)]
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
    cli, cli_cpu = mean(seconds for seconds, _ in alone), mean(cpu for _, cpu in alone)
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


def _patients(number: int) -> Iterator[Any]:
    return (dump_patient(load_patient(summary)) for summary in synthetic_summaries(number))


def _submit_until(over: Event, bench: BatchBench, patients: Iterator[Any], times: list[float]) -> None:
    """Measure one submission, and further ones until the batch is over."""
    times.append(bench.submission(next(patients)))
    while not over.is_set():
        times.append(_paced(bench, next(patients)))


def _paced(bench: BatchBench, summary: Any) -> float:
    sleep(PAUSE_SECONDS)
    return bench.submission(summary)


def _alone(file: Path, out: Path) -> tuple[float, float]:
    """Run `trialmatch screen` in a separate process, with the priority of the batch worker.

    Units: seconds, and CPU seconds of all cores together.
    """
    program = f"from workers.priority import make_way; make_way({Settings().batch_niceness}); "
    command = [sys.executable, "-c", f"{program}from trialmatch.cli import main; main()"]
    used, start = cpu_of_ended_children(), perf_counter()
    subprocess.run(
        [*command, "screen", str(file), "-o", str(out), "--json"], check=True, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    return perf_counter() - start, cpu_of_ended_children() - used


@contextmanager
def _bench() -> Iterator[tuple[BatchBench, Path]]:
    with (
        TemporaryDirectory(prefix="trialmatch-bench-") as name,
        Stack(Settings(data_dir=Path(name) / "stack", log_level="WARNING"), port=0) as stack,
    ):
        database = open_database(stack.settings.database_url)
        key = new_site_key(database, "BatchBench", "registrar")
        database.close()
        yield BatchBench(Client(stack.url, key), stack), Path(name)
