"""Notes over HTTP: extracted, merged with structured facts, and dropped unless the site keeps notes."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from settings.configuration import Settings
from storage.notes import set_note_retention
from storage.sites import find_key
from support.servers import running_valkey
from tests.api.running import Service, make_service
from tests.extraction.extracted import cases

NOTES = {case["id"]: case["narrative"] for case in cases("notes.ndjson")}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        made = make_service(Settings(data_dir=tmp_path_factory.mktemp("notes"), broker_url=valkey.url))
        yield made
        made.database.close()


def post(service: Service, path: str, body: Any) -> Any:
    return service.client().post(f"/api/v1/{path}", json=body)


def test_an_extraction_stores_nothing(service: Service) -> None:
    before = service.stored()
    answer = post(service, "extractions", {"note": NOTES["note-001"], "deidentified": True})
    assert answer.status_code == 200
    assert service.stored() == before
    note = NOTES["note-001"]
    for fact in answer.get_json()["facts"]:
        assert all(note[span["start"] : span["end"]] == span["text"] for span in fact["evidence"])


def test_structured_facts_win_and_disagreements_stay_unknown(service: Service) -> None:
    body = {"patient_ref": "J-1", "age": "60 years", "note": "A 58-year-old woman with PTC.", "deidentified": True}
    answer = post(service, "patients", body).get_json()
    assert answer["contradictions"] == [{"fact": "age", "structured": "60 years", "note": "58 years"}]
    stored = service.client().get(answer["links"]["patient"]).get_json()["summary"]
    assert "age" not in stored
    assert (stored["sex"], stored["diagnosis"]) == ("female", {"histology": "papillary"})


@pytest.mark.parametrize("path", ["patients", "extractions"])
def test_a_note_with_identifiers_is_rejected(service: Service, path: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = service.stored()
    body = {"note": "Mrs Okafor, born 12/03/1961, has PTC.", "deidentified": True}
    answer = post(service, path, body | ({"patient_ref": "J-2"} if path == "patients" else {}))
    assert answer.status_code == 422
    assert {error["path"] for error in answer.get_json()["errors"]} == {"note"}
    assert "Okafor" not in answer.text + "".join(capfd.readouterr())
    assert service.stored() == before


@pytest.mark.parametrize("path", ["patients", "extractions"])
def test_the_sender_must_confirm_de_identification(service: Service, path: str) -> None:
    answer = post(service, path, {"note": "PTC."} | ({"patient_ref": "J-3"} if path == "patients" else {}))
    assert [error["path"] for error in answer.get_json()["errors"]] == ["deidentified"]


@pytest.mark.parametrize("note", ["", "\x00binary", 7, None, "x" * 300_000])
def test_invalid_notes_are_rejected(service: Service, note: Any) -> None:
    answer = post(service, "extractions", {"note": note, "deidentified": True})
    assert answer.status_code == 422
    assert [error["path"] for error in answer.get_json()["errors"]] == ["note"]


WORD = "Zwischenfallsbericht"
KEPT = f"A 50-year-old man with PTC, BRAF V600E. {WORD}."


def noted(service: Service, patient_ref: str, note: str = KEPT, **facts: Any) -> dict[str, Any]:
    """Submit a note and return the stored patient."""
    answer = post(service, "patients", {"patient_ref": patient_ref, "note": note, "deidentified": True} | facts)
    assert answer.status_code == 202, answer.text
    return dict(service.client().get(answer.get_json()["links"]["patient"]).get_json())


def words_in_store(service: Service, word: str) -> int:
    with service.database.session() as session:
        tables = ("patient_version", "note_reading")
        rows = [row for table in tables for row in session.execute(text(f"select * from {table}"))]
    # Check each value: the text of a row is truncated.
    return sum(any(word in str(value) for value in row) for row in rows)


@pytest.fixture
def site(service: Service) -> Iterator[str]:
    """Yield the site of the coordinator, and restore its settings afterwards."""
    with service.database.session() as session:
        found = find_key(session, service.keys["coordinator"])
    assert found is not None
    yield found.site_id
    with service.database.session() as session:
        set_note_retention(session, found.site_id, keep=False)


def test_facts_are_stored_and_the_note_is_not(service: Service) -> None:
    found = noted(service, "J-4")["note"]
    assert words_in_store(service, WORD) == 0
    assert found["text"] is None
    for fact in found["facts"]:
        assert all(KEPT[span["start"] : span["end"]] == span["text"] for span in fact["evidence"])
    assert {"variant", "histology", "age", "sex"} <= {fact["kind"] for fact in found["facts"] if fact["used"]}


def test_a_site_can_keep_notes_and_erase_them_later(service: Service, site: str) -> None:
    with service.database.session() as session:
        assert set_note_retention(session, site, keep=True) == 0
    assert noted(service, "J-5")["note"]["text"] == KEPT
    with service.database.session() as session:
        assert set_note_retention(session, site, keep=False) == 1
    assert words_in_store(service, WORD) == 0
    assert noted(service, "J-6")["note"]["text"] is None


def test_facts_are_deleted_with_the_patient(service: Service) -> None:
    found = noted(service, "J-7", "A 51-year-old woman with PTC.")
    assert words_in_store(service, "51-year") == 1
    assert service.client().delete(found["links"]["patient"]).status_code == 204
    assert words_in_store(service, "51-year") == 0


def test_a_patient_without_a_note_has_none(service: Service) -> None:
    answer = post(service, "patients", {"patient_ref": "J-8", "age": "60 years"}).get_json()
    assert service.client().get(answer["links"]["patient"]).get_json()["note"] is None


def test_notes_of_another_site_are_not_accessible(service: Service) -> None:
    found = noted(service, "J-9")
    assert service.client_with(service.foreign_key).get(found["links"]["patient"]).status_code == 404


def test_an_overruled_fact_is_shown_as_unused(service: Service) -> None:
    note = "A 58-year-old woman with PTC. BRAF V600E was detected."
    found = noted(service, "J-10", note, age="60 years", genomics={"variants": [{"gene": "NRAS", "codon": 61}]})
    used = {fact["kind"]: fact["used"] for fact in found["note"]["facts"]}
    assert used == {"age": False, "sex": True, "histology": True, "variant": False}
    assert found["note"]["contradictions"] == [{"fact": "age", "structured": "60 years", "note": "58 years"}]


def test_a_disagreement_is_unknown_until_decided(service: Service) -> None:
    note = "A 58-year-old woman with PTC."
    assert "age" not in noted(service, "J-11", note, age="60 years")["summary"]
    found = noted(service, "J-11", note, age="60 years", decided=["age"])
    assert (found["version"], found["summary"]["age"]) == (2, "60 years")
    contradiction = {"fact": "age", "structured": "60 years", "note": "58 years", "decided": True}
    assert found["note"]["contradictions"] == [contradiction]


def test_only_an_identical_note_repeats_a_submission(service: Service) -> None:
    body = {"patient_ref": "J-12", "note": "A 58-year-old woman with PTC.", "deidentified": True}
    statuses = [
        service.client().post("/api/v1/patients", json=body | more, headers={"Idempotency-Key": "J-12"}).status_code
        for more in ({}, {}, {"note": "A 58-year-old woman, PTC."})
    ]
    assert statuses == [202, 202, 409]


@pytest.mark.parametrize("decided", ["age", [1], {}])
def test_decided_must_be_a_list_of_facts(service: Service, decided: Any) -> None:
    body = {"patient_ref": "J-13", "note": "PTC.", "deidentified": True, "decided": decided}
    answer = post(service, "patients", body)
    assert answer.status_code == 422
    assert [error["path"] for error in answer.get_json()["errors"]] == ["decided"]
