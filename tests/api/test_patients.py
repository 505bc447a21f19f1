"""Patients: stored when submitted, visible to their own site only, gone when deleted."""

import pytest

from tests.api.running import Service, example


def test_a_submission_is_answered_with_its_address_before_it_is_matched(service: Service) -> None:
    answer = service.client().post("/api/v1/patients", json=example() | {"patient_ref": "P-1"})
    assert answer.status_code == 202
    body = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/patients/{body['id']}" == body["links"]["patient"]
    assert (body["version"], body["state"], body["replayed"]) == (1, "queued", False)


def test_a_stored_patient_shows_the_summary_as_it_was_read(service: Service) -> None:
    patient_id = service.submit("P-2")
    body = service.client("registrar").get(f"/api/v1/patients/{patient_id}").get_json()
    assert body["patient_ref"] == body["summary"]["patient_ref"] == "P-2"
    assert body["summary"]["genomics"]["variants"][0]["alteration"] == "p.Val600Glu"
    assert (body["state"], body["matched_at"], body["error"]) == ("queued", None, None)


def test_the_same_reference_again_is_a_new_version_of_the_same_patient(service: Service) -> None:
    first, second = service.submit("P-3"), service.submit("P-3", "medullary")
    assert first == second
    assert service.client().get(f"/api/v1/patients/{first}").get_json()["version"] == 2


def test_a_repeat_with_the_same_idempotency_key_stores_nothing(service: Service) -> None:
    body, headers = example() | {"patient_ref": "P-4"}, {"Idempotency-Key": "again"}
    first = service.client().post("/api/v1/patients", json=body, headers=headers)
    before = service.stored()
    second = service.client().post("/api/v1/patients", json=body, headers=headers)
    assert (first.status_code, second.status_code, service.stored()) == (202, 202, before)
    assert second.get_json() == first.get_json() | {"replayed": True}


def test_an_idempotency_key_for_another_body_is_refused(service: Service) -> None:
    headers = {"Idempotency-Key": "other"}
    assert service.client().post("/api/v1/patients", json=example(), headers=headers).status_code == 202
    before = service.stored()
    answer = service.client().post("/api/v1/patients", json=example("medullary"), headers=headers)
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "urn:trialmatch:problem:idempotency-key-reused"
    assert service.stored() == before


def test_idempotency_keys_belong_to_a_site(service: Service) -> None:
    headers = {"Idempotency-Key": "mine"}
    service.client().post("/api/v1/patients", json=example() | {"patient_ref": "P-5"}, headers=headers)
    other = service.client_with(service.foreign_key)
    assert other.post("/api/v1/patients", json=example("medullary"), headers=headers).status_code == 202


def test_a_list_is_paged_and_has_no_summaries(service: Service) -> None:
    for number in range(3):
        service.submit(f"L-{number}")
    found, address = [], "/api/v1/patients?limit=2"
    while address:
        page = service.client().get(address).get_json()
        assert len(page["patients"]) <= 2
        found += page["patients"]
        address = page["next"]
    ids = [patient["id"] for patient in found]
    assert ids == sorted(set(ids))
    assert {"L-0", "L-1", "L-2"} <= {patient["patient_ref"] for patient in found}
    assert "summary" not in found[0]


def test_a_deleted_patient_is_gone_with_its_matches(service: Service) -> None:
    patient_id = service.submit("P-6")
    service.match(patient_id)
    answer = service.client("registrar").delete(f"/api/v1/patients/{patient_id}")
    assert (answer.status_code, answer.data) == (204, b"")
    for address in ("", "/matches"):
        assert service.client().get(f"/api/v1/patients/{patient_id}{address}").status_code == 404
    assert service.client().delete(f"/api/v1/patients/{patient_id}").status_code == 404


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("GET", "/matches"), ("DELETE", "")])
def test_another_sites_patient_is_not_found_rather_than_forbidden(service: Service, method: str, suffix: str) -> None:
    patient_id = service.submit("P-7")
    stranger = service.client_with(service.foreign_key)
    answer = stranger.open(f"/api/v1/patients/{patient_id}{suffix}", method=method)
    unknown = stranger.open(f"/api/v1/patients/{'0' * 32}{suffix}", method=method)
    assert answer.status_code == unknown.status_code == 404
    assert answer.get_json() | {"request_id": ""} == unknown.get_json() | {"request_id": ""}
    assert service.client().get(f"/api/v1/patients/{patient_id}").status_code == 200


def test_another_sites_patients_are_not_listed(service: Service) -> None:
    service.submit("P-8")
    listed = service.client_with(service.foreign_key).get("/api/v1/patients?limit=200").get_json()
    assert "P-8" not in {patient["patient_ref"] for patient in listed["patients"]}
