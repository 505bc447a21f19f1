"""Runs the commands and health checks of docker-compose.yml without Docker, on a real queue and PostgreSQL."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from schemas.trials.library import load_library
from support.servers import Postgres, Valkey, wait_until
from support.synthetic_patients import synthetic_summaries
from tests.compose import ComposeService, read_compose
from trialmatch.client import Client
from workers.embedded.processes import end, spawn
from workers.embedded.queue_server import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.stack]

START_SECONDS = 90
BIN = Path(sys.executable).parent


@dataclass
class Natively:
    """The services as processes, with the variables of the Dockerfile and the file, and its hosts on loopback."""

    folder: Path
    hosts: dict[str, str]
    variables: dict[str, str]
    port: int = field(default_factory=free_port)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def services(self) -> dict[str, ComposeService]:
        return read_compose(self.variables)

    def environment(self, service: ComposeService) -> dict[str, str]:
        own = {"PATH": f"{BIN}:{os.defpath}", "TRIALMATCH_DATA_DIR": str(self.folder / service.name)}
        listen = {"TRIALMATCH_HOST": "127.0.0.1", "TRIALMATCH_PORT": str(self.port)}
        rewritten = dict(service.environment)
        for key, value in rewritten.items():
            for host, here in self.hosts.items():
                rewritten[key] = rewritten[key].replace(f"@{host}/", f"@{here}/") if "://" in value else rewritten[key]
        return own | listen | rewritten

    def run(self, service: ComposeService, command: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
        """Run a command like `docker compose run` or `exec`."""
        found = (str(BIN / command[0]), *command[1:])
        return subprocess.run(
            found, env=self.environment(service), cwd=self.folder, capture_output=True, text=True, check=False
        )

    def start(self, service: ComposeService) -> None:
        command = (str(BIN / service.command[0]), *service.command[1:])
        log = self.folder / f"{service.name}.log"
        self.running[service.name] = spawn(command, self.environment(service), log, cwd=self.folder)

    def healthy(self, service: ComposeService) -> bool:
        assert service.health is not None
        return self.run(service, service.health).returncode == 0


@pytest.fixture
def natively(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Natively]:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE trialmatch")
    hosts = {"postgres:5432": f"127.0.0.1:{postgres.port}", "redis:6379": f"127.0.0.1:{valkey.server.port}"}
    variables = {"POSTGRES_PASSWORD": "any", "REDIS_PASSWORD": valkey.server.password}
    services = Natively(tmp_path, hosts, variables)
    with ExitStack() as afterwards:
        afterwards.callback(postgres.drop_database, "trialmatch")
        afterwards.callback(lambda: [end(process, 10) for process in services.running.values()])
        yield services


def test_a_patient_goes_through_the_services_of_docker_compose(natively: Natively) -> None:
    services = natively.services
    migrated = natively.run(services["migrate"], services["migrate"].command)
    assert migrated.returncode == 0, migrated.stderr
    lasting = [service for service in services.values() if service.name != "migrate"]
    for service in lasting:
        natively.start(service)
    for service in lasting:
        wait_until(lambda service=service: natively.healthy(service), f"{service.name} is healthy", START_SECONDS, 0.5)  # type: ignore[misc]
    created = natively.run(
        services["web"], ("trialmatch", "keys", "create", "--site", "North", "--role", "coordinator")
    )
    client = Client(f"http://127.0.0.1:{natively.port}", created.stdout.strip())
    result = client.wait_for_matches(client.submit_patient(synthetic_summaries(1)[0]))
    assert result["state"] == "matched"
    assert sorted(match["trial"] for match in result["matches"]) == sorted(load_library().trials)
    assert [name for name, process in natively.running.items() if process.poll() is not None] == []
    for service in lasting:
        end(natively.running[service.name], 30)
    assert {name: process.returncode for name, process in natively.running.items() if process.returncode} == {}
