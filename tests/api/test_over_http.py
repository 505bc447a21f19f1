"""The running service over HTTP: real web server, queue and workers."""

import csv
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from schemas.trials.library import load_library
from settings.configuration import Settings
from storage.batches.models import Batch
from storage.database import open_database
from storage.models import AuditEvent, PatientVersion
from storage.sites import create_key, create_site
from storage.trials import sync_library
from support.servers import wait_until
from support.synthetic_registry import write_registry
from tests.api.running import example
from trialmatch.client import Client
from workers.embedded.stack import Stack

pytestmark = pytest.mark.stack

CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES_PER_OPERATION = "20"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A separate embedded stack for this module."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("stack"), log_level="WARNING")
    with Stack(settings, port=0) as running:
        yield running


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """An administrator's key."""
    database = open_database(stack.settings.database_url)
    with database.session() as session:
        site = create_site(session, "North")
        sync_library(session, site.id, load_library())
        created = create_key(session, site.id, "admin", "tests")
    database.close()
    return created


def states(stack: Stack) -> dict[str, int]:
    """Count the submissions by state."""
    database = open_database(stack.settings.database_url)
    with database.session() as session:
        counted = select(PatientVersion.state, func.count().label("count")).group_by(PatientVersion.state)
        rows = session.execute(counted).all()
    database.close()
    return {row.state: row.count for row in rows}


def submitted(stack: Stack) -> int:
    """Count all submissions ever stored: the audit log keeps those of deleted patients."""
    database = open_database(stack.settings.database_url)
    with database.session() as session:
        counted = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "patient.submitted")
        count: int = session.scalars(counted).one()
    database.close()
    return count


def test_a_submitted_summary_is_matched_with_reasons(stack: Stack, key: str) -> None:
    client = Client(stack.url, key)
    result = client.wait_for_matches(client.submit_patient(example()))
    assert (result["state"], result["patient"]) == ("matched", "EX-001")
    assert len(result["matches"]) == len(load_library().trials)


@pytest.mark.parametrize(("own_key", "status"), [(True, 413), (False, 401)], ids=["with a key", "without"])
def test_50_mb_are_rejected_with_a_response_that_arrives(stack: Stack, key: str, own_key: bool, status: int) -> None:
    headers = {"Content-Type": "application/json"} | ({"X-API-Key": key} if own_key else {})
    answer = requests.post(f"{stack.url}/api/v1/patients", data=b" " * (50 << 20), headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_without_content_length_has_the_same_limit(stack: Stack, key: str) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(32):
            yield b" " * (1 << 16)

    headers = {"Content-Type": "application/json", "X-API-Key": key}
    answer = requests.post(f"{stack.url}/api/v1/patients", data=chunks(), headers=headers, timeout=60)
    assert answer.status_code == 413


def test_schemathesis_finds_no_error_and_every_accepted_summary_is_matched(
    stack: Stack, key: str, tmp_path: Path
) -> None:
    program = str(Path(sys.executable).with_name("schemathesis"))
    document = f"{stack.url}/api/v1/openapi.json"
    options = [
        "--checks",
        "all",
        "--max-examples",
        EXAMPLES_PER_OPERATION,
        "--seed",
        "11",
        "--header",
        f"X-API-Key: {key}",
    ]
    command = [program, "--config-file", str(CONFIG), "run", document, *options]
    before = submitted(stack)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout[-20_000:]
    wait_until(lambda: "queued" not in states(stack), "every accepted summary is matched", 120)
    assert submitted(stack) > before
    assert set(states(stack)) <= {"matched"}  # it also deletes


def test_a_registry_gives_the_same_results_with_and_without_a_server(stack: Stack, key: str, tmp_path: Path) -> None:
    file = tmp_path / "registry.csv"
    write_registry(file, 3_000)
    trialmatch = str(Path(sys.executable).with_name("trialmatch"))
    there = ["--server", stack.url, "--key", key, "--deidentified"]
    answers = {}
    for name, options in {"here": [], "there": there}.items():
        out, errors = tmp_path / f"{name}.csv", tmp_path / f"{name}-errors.csv"
        command = [trialmatch, "screen", str(file), "-o", str(out), "--errors", str(errors), "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        answers[name] = (json.loads(done.stdout)["matched"], sorted(_lines(out)), errors.read_text())
    assert answers["here"] == answers["there"]
    assert answers["here"][0] == 3_000


def _lines(path: Path) -> list[str]:
    """Return each row with the verdict of each trial, independent of the order of the trials."""
    header, *rows = list(csv.reader(path.read_text().splitlines()))
    return [str(sorted(zip(header, row, strict=True))) for row in rows]


@pytest.mark.parametrize(
    ("data", "key_is_right", "words"),
    [
        (b"\x00\x01\x02", True, "422"),
        (b"patient_ref\nA-1\n", False, "401"),
        (b"patient_ref,hair\nA-1,red\n", True, "failed"),
    ],
    ids=["not a registry", "no key", "an unknown column"],
)
def test_a_rejection_by_the_server_is_reported_and_exits_with_1(
    stack: Stack, key: str, tmp_path: Path, data: bytes, key_is_right: bool, words: str
) -> None:
    file = tmp_path / "registry.csv"
    file.write_bytes(data)
    trialmatch = str(Path(sys.executable).with_name("trialmatch"))
    there = ["--server", stack.url, "--key", key if key_is_right else "tm_no", "--deidentified"]
    done = subprocess.run([trialmatch, "screen", str(file), *there], capture_output=True, text=True, timeout=120)
    assert (done.returncode, words in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_client_that_hangs_up_leaves_no_upload_and_others_are_served(stack: Stack, key: str) -> None:
    host, port = stack.url.removeprefix("http://").split(":")
    head = "POST /api/v1/batches?deidentified=true HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\n"
    before = _batches(stack)
    for rest in ("Content-Length: 9000000", "Transfer-Encoding: chunked"):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(f"{head}X-API-Key: {key}\r\n{rest}\r\n\r\n".encode())
            line = b"patient_ref\n" + b"A-1\n" * 600_000
            connection.sendall((b"%x\r\n" % len(line) if "chunked" in rest else b"") + line)
            wait_until(lambda: _batches(stack) == before + 1, "the upload has begun")
    wait_until(lambda: _batches(stack) == before, "the uploads are deleted")
    assert requests.get(f"{stack.url}/readyz", timeout=10).status_code == 200


def _batches(stack: Stack) -> int:
    database = open_database(stack.settings.database_url)
    with database.session() as session:
        found = session.scalar(select(func.count()).select_from(Batch))
    database.close()
    return found or 0
