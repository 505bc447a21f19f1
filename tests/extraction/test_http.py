"""Notes over HTTP: what is sent is read, matched by the worker, and gone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.library import load_library
from schemas.patient import load_patient
from schemas.verdict import match_patient
from storage.settings import Settings
from tests.api.running import Service, make_service
from tests.extraction.reads import DATA, cases
from tests.servers import running_valkey

NOTES = {case["id"]: case["narrative"] for case in cases("notes.ndjson")}
BY_HAND = {
    row["id"]: row["summary"] for row in map(json.loads, (DATA / "summaries.ndjson").read_text("utf-8").splitlines())
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running_valkey(tmp_path_factory.mktemp("queue")) as valkey:
        made = make_service(Settings(data_dir=tmp_path_factory.mktemp("notes"), broker_url=valkey.url))
        yield made
        made.database.close()


def post(service: Service, path: str, body: Any) -> Any:
    return service.client().post(f"/api/v1/{path}", json=body)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_note_is_matched_like_its_hand_written_summary(service: Service, name: str) -> None:
    answer = post(service, "patients", {"patient_ref": name, "note": NOTES[name], "deidentified": True})
    assert answer.status_code == 202, answer.text
    service.match(answer.get_json()["id"])
    found = service.client().get(answer.get_json()["links"]["matches"]).get_json()
    expected = match_patient(load_patient(BY_HAND[name]), list(load_library().trials.values()))
    assert verdicts(found) == verdicts(expected)


def verdicts(result: dict[str, Any]) -> dict[str, str]:
    return {match["trial"]: match["verdict"] for match in result["matches"]}


def test_enough_notes_have_a_summary_by_hand() -> None:
    assert len(BY_HAND) >= 10


def test_an_extraction_stores_nothing(service: Service) -> None:
    before = service.stored()
    answer = post(service, "extractions", {"note": NOTES["note-001"], "deidentified": True})
    assert answer.status_code == 200
    assert service.stored() == before
    text = NOTES["note-001"]
    for fact in answer.get_json()["facts"]:
        assert all(text[span["start"] : span["end"]] == span["text"] for span in fact["evidence"])


def test_structure_goes_before_the_note_and_a_disagreement_is_left_unknown(service: Service) -> None:
    body = {"patient_ref": "J-1", "age": "60 years", "note": "A 58-year-old woman with PTC.", "deidentified": True}
    answer = post(service, "patients", body).get_json()
    assert answer["contradictions"] == [{"fact": "age", "structured": "60 years", "note": "58 years"}]
    stored = service.client().get(answer["links"]["patient"]).get_json()["summary"]
    assert "age" not in stored
    assert (stored["sex"], stored["diagnosis"]) == ("female", {"histology": "papillary"})


@pytest.mark.parametrize("path", ["patients", "extractions"])
def test_an_identifier_is_stopped_at_the_door(service: Service, path: str, capfd: pytest.CaptureFixture[str]) -> None:
    before = service.stored()
    body = {"note": "Mrs Okafor, born 12/03/1961, has PTC.", "deidentified": True}
    answer = post(service, path, body | ({"patient_ref": "J-2"} if path == "patients" else {}))
    assert answer.status_code == 422
    assert {error["path"] for error in answer.get_json()["errors"]} == {"note"}
    assert "Okafor" not in answer.text + "".join(capfd.readouterr())
    assert service.stored() == before


@pytest.mark.parametrize("path", ["patients", "extractions"])
def test_somebody_must_assert_that_a_note_is_de_identified(service: Service, path: str) -> None:
    answer = post(service, path, {"note": "PTC."} | ({"patient_ref": "J-3"} if path == "patients" else {}))
    assert [error["path"] for error in answer.get_json()["errors"]] == ["deidentified"]


@pytest.mark.parametrize("note", ["", "\x00binary", 7, None, "x" * 300_000])
def test_what_is_no_note_is_refused(service: Service, note: Any) -> None:
    answer = post(service, "extractions", {"note": note, "deidentified": True})
    assert answer.status_code == 422
    assert [error["path"] for error in answer.get_json()["errors"]] == ["note"]


def test_the_note_is_nowhere_in_the_store(service: Service, tmp_path: Path) -> None:
    word = "Zwischenfallsbericht"
    post(
        service,
        "patients",
        {"patient_ref": "J-4", "note": f"A 50-year-old man with PTC. {word}.", "deidentified": True},
    )
    with service.database.session() as session:
        bind = session.get_bind()
        rows = bind.connect().exec_driver_sql("select summary from patient_version").fetchall()
    assert rows
    assert all(word not in str(row) for row in rows)
