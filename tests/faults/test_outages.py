"""A dead queue or database answers 503 with Retry-After, and no submission is lost."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from redis import Redis
from sqlalchemy import select

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.database import open_database
from storage.models import AuditEvent, PatientVersion
from storage.sites import create_key, create_site
from storage.trials import sync_library
from support.servers import Postgres, Valkey, running_postgres, wait_until
from support.synthetic_patients import synthetic_summaries
from workers.embedded.processes import MIGRATE, SWEEPER, WEB, end, spawn, worker
from workers.embedded.queue_server import free_port

pytestmark = [pytest.mark.stack, pytest.mark.postgres]

MATCHED_SECONDS = 60


@dataclass
class Production:
    """The processes of a production system, with a queue and a database that a test may stop."""

    settings: Settings
    valkey: Valkey
    postgres: Postgres
    key: str = ""
    processes: list[Any] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.settings.to_env()

    def start(self) -> None:
        for command in (WEB, SWEEPER, worker("interactive")):
            log = self.settings.data_dir / f"{len(self.processes)}.log"
            self.processes.append(spawn(command, self.environment, log))
        wait_until(lambda: self.ask("/readyz")[0] == 200, "the service is ready", seconds=60)

    def stop(self) -> None:
        for process in self.processes:
            end(process, 10)

    def ask(self, address: str, summary: Any = None, key: str = "") -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body."""
        headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        body = json.dumps(summary).encode() if summary else None
        try:
            request = Request(f"http://127.0.0.1:{self.settings.port}{address}", body, headers)
            with urlopen(request, timeout=10) as answer:
                return answer.status, dict(answer.headers), json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, dict(error.headers), json.load(error)
        except OSError:
            return 0, {}, None

    def submit(self, summary: Any, key: str = "") -> tuple[int, dict[str, str], Any]:
        return self.ask("/api/v1/patients", summary, key)

    def states(self) -> list[str]:
        database = open_database(self.settings.database_url)
        with database.session() as session:
            states = list(session.scalars(select(PatientVersion.state)))
        database.close()
        return states


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder = tmp_path_factory.mktemp("production")
    valkey = Valkey(folder / "queue")
    with running_postgres() as postgres:
        valkey.start()
        settings = Settings(
            data_dir=folder, port=free_port(), broker_url=valkey.url, sweep_seconds=1, lease_seconds=1,
            database_url=postgres.url(postgres.make_database()),
        )  # fmt: skip
        running = Production(settings, valkey, postgres)
        assert spawn(MIGRATE, running.environment).wait(60) == 0
        running.key = _new_key(settings.database_url)
        running.start()
        yield running
        running.stop()
        valkey.stop()


def _new_key(database_url: str) -> str:
    database = open_database(database_url)
    with database.session() as session:
        site = create_site(session, "North")
        sync_library(session, site.id, load_library())
        key = create_key(session, site.id, "coordinator", "a test")
    database.close()
    return key


def refused(answer: tuple[int, dict[str, str], Any]) -> None:
    status, headers, body = answer
    assert status == 503, body
    assert int(headers["Retry-After"]) > 0
    assert headers["Content-Type"] == "application/problem+json"
    assert body["status"] == 503


def all_matched(production: Production, number: int) -> None:
    wait_until(lambda: production.states() == ["matched"] * number, f"{number} are matched", MATCHED_SECONDS, 0.2)


def test_a_dead_queue_answers_503_and_submissions_are_matched_when_it_returns(production: Production) -> None:
    before = len(production.states())
    first, second, third = synthetic_summaries(3, seed=1)
    production.valkey.stop()
    try:
        refused(production.submit(first, "a-key"))
        refused(production.submit(second))
        refused(production.ask("/readyz"))
        status, _, repeated = production.submit(first, "a-key")
        assert (status, repeated["replayed"]) == (202, True)
    finally:
        production.valkey.start()
    assert production.submit(third)[0] == 202
    all_matched(production, before + 3)


def test_a_queue_that_lost_all_messages_loses_no_patient(production: Production) -> None:
    before = len(production.states())
    worker_process = production.processes[2]
    worker_process.send_signal(signal.SIGSTOP)
    try:
        for number, summary in enumerate(synthetic_summaries(5, seed=2)):
            assert production.submit(summary | {"patient_ref": f"forgotten-{number}"})[0] == 202
        with Redis.from_url(production.valkey.url) as client:
            client.flushall()
    finally:
        worker_process.send_signal(signal.SIGCONT)
    all_matched(production, before + 5)


def test_a_dead_database_answers_503_stores_nothing_and_serves_again(production: Production) -> None:
    before = len(production.states())
    (summary,) = synthetic_summaries(1, seed=3)
    summary["patient_ref"] = "no-database"
    production.postgres.stop()
    try:
        refused(production.submit(summary, "another-key"))
        refused(production.ask("/readyz"))
        assert production.ask("/healthz")[0] == 200
    finally:
        production.postgres.start()
    status, _, body = production.submit(summary, "another-key")
    assert (status, body["replayed"], body["version"]) == (202, False, 1)
    all_matched(production, before + 1)


def test_a_database_that_dies_during_a_task_loses_no_patient(production: Production) -> None:
    before = len(production.states())
    for number, summary in enumerate(synthetic_summaries(20, seed=4)):
        assert production.submit(summary | {"patient_ref": f"under-{number}"})[0] == 202
    production.postgres.stop()
    production.postgres.start()
    all_matched(production, before + 20)


def test_logs_and_queue_contain_no_patient_data(production: Production) -> None:
    (summary,) = synthetic_summaries(1, seed=5)
    summary["patient_ref"] = "SECRET-REFERENCE"
    assert production.submit(summary)[0] == 202
    all_matched(production, len(production.states()))
    files = [*production.settings.data_dir.glob("*.log"), *production.settings.data_dir.glob("queue/**/*")]
    written = b"".join(file.read_bytes() for file in files if file.is_file())
    assert b"match_patient_version" in written
    for fact in (b"SECRET-REFERENCE", summary["age"].encode(), b"papillary", production.key.encode()):
        assert fact not in written, fact
    database = open_database(production.settings.database_url)
    with database.session() as session:
        assert "SECRET" not in str([(event.action, event.object_id) for event in session.scalars(select(AuditEvent))])
    database.close()
