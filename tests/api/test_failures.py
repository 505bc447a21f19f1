"""Failures of database and queue: 503 with Retry-After, nothing lost, no patient data revealed."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from settings.configuration import Settings
from tests.api.operations import call, operations
from tests.api.running import Service, example, make_service
from tests.api.test_bad_input import MARK, check_problem


@pytest.fixture(scope="module")
def without_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose database went away after the start."""
    folder = tmp_path_factory.mktemp("without-database")
    created = make_service(Settings(data_dir=folder))
    created.database.close()
    (folder / "trialmatch.db").unlink()
    for rest in folder.glob("trialmatch.db-*"):
        rest.unlink()
    yield created
    created.database.close()


def test_without_a_database_every_address_answers_503(without_database: Service, subtests: pytest.Subtests) -> None:
    for operation in operations():
        with subtests.test(operation=str(operation)):
            answer = call(without_database.client(), operation)
            assert "database" in check_problem(answer, 503)["detail"]
            assert int(answer.headers["Retry-After"]) >= 1


def test_without_a_queue_a_submission_is_kept_and_its_repeat_is_promised(broken_service: Service) -> None:
    body, headers = example() | {"patient_ref": "Q-1"}, {"Idempotency-Key": "Q-1"}
    before = broken_service.stored()
    first = broken_service.client().post("/api/v1/patients", json=body, headers=headers)
    assert "stored" in check_problem(first, 503)["detail"]
    assert int(first.headers["Retry-After"]) >= 1
    assert broken_service.stored() == before + 1
    again = broken_service.client().post("/api/v1/patients", json=body, headers=headers)
    assert (again.status_code, again.get_json()["replayed"]) == (202, True)
    assert broken_service.stored() == before + 1


def test_readiness_names_the_failing_dependency(broken_service: Service, without_database: Service) -> None:
    assert "queue" in check_problem(broken_service.app.test_client().get("/readyz"), 503)["detail"]
    assert "database" in check_problem(without_database.app.test_client().get("/readyz"), 503)["detail"]
    assert broken_service.app.test_client().get("/healthz").get_json() == {"status": "ok"}


def test_metrics_go_on_without_a_database(without_database: Service) -> None:
    answer = without_database.app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "trialmatch_http_requests" in answer.text
    assert "trialmatch_waiting_submissions" not in answer.text


def test_an_internal_error_reveals_and_logs_no_patient_data(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ValueError(f"the value {MARK} of the patient")

    monkeypatch.setattr("service.api.routes.patients.dump_patient", fail)
    with caplog.at_level(logging.INFO):
        answer = service.client().post("/api/v1/patients", json=example() | {"patient_ref": MARK})
    body = check_problem(answer, 500)
    logged = [record.msg for record in caplog.records if record.name == "trialmatch.service"]
    assert MARK not in json.dumps(logged, default=repr)
    failed = next(entry for entry in logged if entry["event"] == "failed")
    assert failed["error"] == "ValueError"
    assert failed["request_id"] == body["request_id"]
    assert any("test_failures.py" in place for place in failed["at"])
