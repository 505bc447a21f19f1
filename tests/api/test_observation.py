"""Logs and metrics contain no patient data."""

import json
import logging
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict, mmap_key

from tests.api.running import Service, example
from tests.api.test_bad_input import MARK


def test_a_log_line_describes_the_request_and_no_patient(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    patient_id = service.submit("LOG-1")
    with caplog.at_level(logging.INFO):
        service.client().get(f"/api/v1/patients/{patient_id}?{MARK}=1")
        service.client().post("/api/v1/patients", json=example() | {"patient_ref": f"{MARK}-2"})
    lines = [record.msg for record in caplog.records if record.name == "trialmatch.service"]
    assert [(line["method"], line["status"]) for line in lines] == [("GET", 200), ("POST", 202)]
    assert lines[0]["route"] == "/api/v1/patients/<row_id:patient_id>"
    assert all(line["request_id"] and line["site"] and line["key"] and line["milliseconds"] >= 0 for line in lines)
    text = json.dumps(lines)
    for secret in (MARK, patient_id, "papillary", service.keys["coordinator"].split("_", 2)[2]):
        assert secret not in text


def test_metrics_count_requests_by_route_and_waiting_submissions(service: Service) -> None:
    patient_id = service.submit("METRIC-1")
    service.client().get(f"/api/v1/patients/{patient_id}")
    service.client().open("/healthz", method="BREW")
    text = service.app.test_client().get("/metrics").text
    assert '{method="GET",route="/api/v1/patients/<row_id:patient_id>",status="200"}' in text
    assert 'method="other"' in text
    waiting = next(line for line in text.splitlines() if line.startswith("trialmatch_waiting_submissions "))
    assert float(waiting.split()[1]) >= 1
    assert "trialmatch_oldest_waiting_seconds" in text
    assert patient_id not in text


def test_several_processes_share_their_metrics_through_a_folder(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = mmap_key("trialmatch_http_requests", "trialmatch_http_requests_total", ("method",), ("GET",), "help")
    for pid in (1, 2):
        file = MmapedDict(str(tmp_path / f"counter_{pid}.db"))
        file.write_value(key, 20.0 + pid, 0.0)
        file.close()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    text = service.app.test_client().get("/metrics").text
    assert 'trialmatch_http_requests_total{method="GET"} 43.0' in text
