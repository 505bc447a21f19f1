"""A batch loses no row and counts no row twice, whichever process is killed meanwhile, on both databases."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from settings.configuration import Settings
from support.kill_batch import DisturbedStack, describe_batch_outcome, running_stack
from support.servers import running_postgres
from workers.embedded.processes import end, spawn, worker

pytestmark = pytest.mark.stack

ROWS, CHUNK_ROWS = 4_000, 500
"""`python -m benchmarks kill-batch` screens 200,000."""

FAULTS = (
    "kill -9 of a worker",
    "kill -9 of all workers",
    "kill -9 of the web server",
    "kill -9 of the queue",
    "kill -9 of the queue, which forgets everything",
    "kill -9 of the sweeper",
    "kill -9 of the supervisor",
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisturbedStack]:
    """A stack that has screened the registry once without a fault."""
    folder = tmp_path_factory.mktemp("kill") / "stack"
    settings = Settings(
        data_dir=folder, batch_chunk_rows=CHUNK_ROWS, log_level="WARNING", lease_seconds=4, sweep_seconds=3
    )
    if request.param == "sqlite":
        with running_stack(settings, ROWS) as made:
            made.screen_undisturbed()
            yield made
        return
    with running_postgres() as server, running_stack(settings, ROWS, server) as made:
        made.screen_undisturbed()
        yield made


def check(outcome: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{describe_batch_outcome(outcome)}")
    assert outcome.passed(ROWS)
    assert outcome.chunks == ROWS // CHUNK_ROWS


@pytest.mark.parametrize("fault", FAULTS)
def test_every_row_is_counted_once_with_the_same_results(
    scene: DisturbedStack, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check(scene.screen_during(fault), capsys)


def test_a_restart_of_the_database_loses_nothing(scene: DisturbedStack, capsys: pytest.CaptureFixture[str]) -> None:
    if scene.restart_database is None:
        pytest.skip("SQLite is no server")
    check(scene.screen_during("restart of the database"), capsys)


def test_an_upload_interrupted_by_the_death_of_the_web_server_can_be_repeated(
    scene: DisturbedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    check(scene.interrupted_upload(), capsys)


def test_the_faults_of_the_benchmark_are_all_tested(scene: DisturbedStack) -> None:
    assert set(scene.faults) - {"restart of the database"} == set(FAULTS)


def test_workers_on_other_machines_need_only_two_addresses(scene: DisturbedStack) -> None:
    """Run two workers under the names of other hosts while the stack's own worker is stopped."""
    own = scene.stack.pids["worker-batch"]
    settings = scene.stack.settings.to_env()
    env = {
        "PATH": os.environ["PATH"],
        "TRIALMATCH_DATABASE_URL": settings["TRIALMATCH_DATABASE_URL"],
        "TRIALMATCH_BROKER_URL": scene.stack.broker_url,
        "TRIALMATCH_BATCH_CONCURRENCY": "1",
    }
    folder: Path = scene.settings.data_dir
    tree = [own, *(int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split())]
    logs = [folder / f"{host}.log" for host in ("north", "south")]
    for pid in tree:
        os.kill(pid, signal.SIGSTOP)
    started = []
    try:
        for log in logs:
            command = [part.replace("@%h", f"@{log.stem}") for part in worker("batch")]
            started.append(spawn(command, env, log))
        found = scene.client.wait_for_batch(scene.client.upload_batch(scene.file), pause=0.1)
    finally:
        for process in started:
            end(process, 10)
        for pid in tree:
            os.kill(pid, signal.SIGCONT)
    assert (found["state"], found["progress"]["rows"]) == ("done", ROWS)
    out = io.BytesIO()
    scene.client.download(found["links"]["results"], out)
    assert out.getvalue() == scene.expected
    assert parquet.read_table(io.BytesIO(out.getvalue())).num_rows == found["progress"]["matched"]
