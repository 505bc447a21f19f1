"""Matches: empty until the patient is matched, then verdicts with reasons."""

from schemas.trials.library import load_library
from tests.api.running import Service


def test_a_queued_patient_has_no_matches(service: Service) -> None:
    patient_id = service.submit("M-1")
    body = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()
    assert (body["state"], body["matches"], body["matched_at"]) == ("queued", [], None)
    assert "investigator decides" in body["notice"]


def test_a_matched_patient_has_each_trial_once_best_first_with_reasons(service: Service) -> None:
    patient_id = service.submit("M-2")
    service.match(patient_id)
    body = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()
    assert (body["state"], body["patient"], body["version"]) == ("matched", "M-2", 1)
    assert sorted(match["trial"] for match in body["matches"]) == sorted(load_library().trials)
    order = ["eligible", "possible", "ineligible"]
    ranks = [order.index(match["verdict"]) for match in body["matches"]]
    assert ranks == sorted(ranks)
    assert all(match["criteria"] for match in body["matches"])
    assert "investigator decides" in body["notice"]


def test_sub_centimetre_nodules_rule_out_a_trial_that_measures_and_not_one_that_evaluates(service: Service) -> None:
    patient_id = service.submit("M-3")
    service.match(patient_id)
    matches = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()["matches"]
    verdicts = {match["trial"]: match["verdict"] for match in matches}
    assert verdicts["NCT04554680"] == "ineligible"  # RECIST 1.1 measurable disease
    assert verdicts["NCT03244956"] == "eligible"  # requires no size except a maximum


def test_an_earlier_version_keeps_its_result(service: Service) -> None:
    patient_id = service.submit("M-4")
    service.match(patient_id)
    service.submit("M-4", "medullary")
    first = service.client().get(f"/api/v1/patients/{patient_id}/matches?version=1").get_json()
    newest = service.client().get(f"/api/v1/patients/{patient_id}/matches").get_json()
    assert (first["state"], newest["state"]) == ("matched", "queued")
    assert service.client().get(f"/api/v1/patients/{patient_id}/matches?version=3").status_code == 404
