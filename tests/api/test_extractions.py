"""Notes over the API: read with evidence, joined into a submission, rejected with identifiers, never stored."""

import json
from typing import Any

import pytest

from tests.api.running import Service
from tests.api.test_bad_input import BROKEN_TEXTS, JSON, MARK, check_problem

NOTE = "54-year-old woman with papillary thyroid carcinoma, BRAF V600E. Prior lenvatinib, stopped for progression."


def body(**changes: Any) -> dict[str, Any]:
    return {"note": NOTE, "deidentified": True} | changes


def test_a_note_is_read_with_evidence_and_nothing_is_stored(service: Service) -> None:
    before = service.stored()
    answer = service.client().post("/api/v1/extractions", json=body())
    assert answer.status_code == 200
    found = answer.get_json()
    assert found["summary"]["diagnosis"]["histology"] == "papillary"
    spans = [span for fact in found["facts"] for span in fact["evidence"]]
    assert spans
    assert all(NOTE[span["start"] : span["end"]] == span["text"] for span in spans)
    assert service.stored() == before


def test_a_submission_may_be_a_note_and_keeps_only_the_facts(service: Service) -> None:
    answer = service.client().post("/api/v1/patients", json=body(patient_ref="N-1"))
    assert answer.status_code == 202
    patient = service.client().get(answer.get_json()["links"]["patient"]).get_json()
    assert patient["summary"]["genomics"]["variants"][0]["alteration"] == "p.Val600Glu"
    assert NOTE not in json.dumps(patient)
    assert "note" not in patient["summary"]


@pytest.mark.parametrize("address", ["/api/v1/extractions", "/api/v1/patients"])
@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"deidentified": False}, "deidentified"),
        ({"deidentified": None}, "deidentified"),
        ({"note": ""}, "note"),
        ({"note": 7}, "note"),
        ({"note": f"Mr. {MARK} Smith, telephone 617 555 0199, papillary carcinoma"}, "note"),
        ({"as_of": 3000}, "as_of"),
        ({"as_of": "2026"}, "as_of"),
    ],
)
def test_a_note_that_cannot_be_taken_is_refused(
    service: Service, address: str, changes: dict[str, Any], path: str
) -> None:
    before = service.stored()
    reference = {"patient_ref": "N-2"} if address.endswith("patients") else {}
    errors = check_problem(service.client().post(address, json=body(**changes, **reference)), 422)["errors"]
    assert path in {error["path"] for error in errors}
    assert service.stored() == before


@pytest.mark.parametrize(
    ("text", "status"), [(case[1], case[2]) for case in BROKEN_TEXTS], ids=[case[0] for case in BROKEN_TEXTS]
)
def test_a_note_body_that_is_not_strict_json_is_rejected(service: Service, text: bytes, status: int) -> None:
    check_problem(service.client().post("/api/v1/extractions", data=text, headers=JSON), status)


def test_type_and_size_are_checked_as_for_a_submission(service: Service) -> None:
    client = service.client()
    check_problem(client.post("/api/v1/extractions", data=NOTE, headers={"Content-Type": "text/plain"}), 415)
    check_problem(client.post("/api/v1/extractions", data=b" " * (1 << 21), headers=JSON), 413)
    errors = check_problem(client.post("/api/v1/extractions", json=body(**{MARK: 1})), 422)["errors"]
    assert "known are" in errors[0]["hint"]
